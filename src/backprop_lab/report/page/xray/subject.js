// One point of one step of a training: what the lines of an X-ray are about.

/** `chosen` is a unit that must be among the shown ones, or null. */
function xraySubject(source, moment, point, chosen) {
  const { config, formulas, layers, task, head } = source;
  const pass = source.probe.pass(moment.w, point);
  const { length } = layers;
  const shown = pass.slopes.map((slopes, at) => {
    const largest = largestOf(slopes);
    return chosen && chosen[0] === at && !largest.includes(chosen[1]) ? d3.sort([...largest, chosen[1]]) : largest;
  });
  return {
    config,
    formulas,
    layers,
    task,
    head,
    moment,
    pass,
    shown,
    last: length - 1,
    places: weightPlaces(layers),
    names: xrayNames(layers, head.symbol),
    classNames: source.classNames,
    step: source.probe.step(moment),
    isInBatch: point.isInBatch,
  };
}

/** The path from the loss to the weight of layer 1 with the largest gradient, through the `chosen` unit if there is one. */
function xrayPath({ layers, pass, moment, places, last }, chosen) {
  const weightOf = (at, unit, i) => moment.w[places[at].weight + unit * layers[at].inputs + i];
  const largest = (values) => d3.maxIndex(values, (value) => (Number.isNaN(value) ? Infinity : Math.abs(value)));
  const units = [];
  const first = () => {
    const { inputs, units: count } = layers[0];
    return Math.floor(largest(d3.range(count * inputs).map((i) => pass.gradient[i])) / inputs);
  };
  const start = chosen && chosen[0] < last ? chosen[0] : 0;
  units[start] = chosen && chosen[0] < last ? chosen[1] : first();
  for (let at = start - 1; at >= 0; at--) units[at] = largest(pass.slopes[at]);
  for (let at = start + 1; at <= last; at++)
    units[at] = largest(pass.slopes[at].map((slope, unit) => slope * weightOf(at, unit, units[at - 1])));
  const { inputs } = layers[0];
  const from = places[0].weight + units[0] * inputs;
  const input = largest(d3.range(inputs).map((i) => pass.gradient[from + i]));
  return { units, input, place: from + input };
}
