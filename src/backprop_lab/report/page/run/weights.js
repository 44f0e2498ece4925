// The positions of weights and the names of units.

/** A unit's name, such as 1.3 for the third unit of layer 1. */
function unitName([layer, unit]) {
  return `${layer + 1}.${unit + 1}`;
}

/** The start of each layer's weights in the row of all weights, which is in the order of the network. */
function weightPlaces(layers) {
  let at = 0;
  return layers.map((layer) => {
    const place = { weight: at, bias: null };
    at += layer.units * layer.inputs;
    if (layer.bias) {
      place.bias = at;
      at += layer.units;
    }
    return place;
  });
}

function weightAt(report, frame, layer, unit, input, of = "weights") {
  return report.at[of](frame, report.places[layer].weight + unit * report.layers[layer].inputs + input);
}

function biasAt(report, frame, layer, unit, of = "weights") {
  const { bias } = report.places[layer];
  return bias === null ? null : report.at[of](frame, bias + unit);
}
