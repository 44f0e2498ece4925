// What the network gets for a point: the same as training/preparation.py makes of it.

const FEATURES = {
  x1: ([x1]) => x1,
  x2: ([, x2]) => x2,
  x1_squared: ([x1]) => x1 * x1,
  x2_squared: ([, x2]) => x2 * x2,
  x1_x2: ([x1, x2]) => x1 * x2,
  sin_x1: ([x1]) => Math.sin(x1),
  sin_x2: ([, x2]) => Math.sin(x2),
};

/** The inputs of the network for the point `x`. */
function inputsOf({ features, mean, scale }, x) {
  const inputs = features ? features.map((name) => FEATURES[name](x)) : x;
  return mean ? inputs.map((input, i) => (input - mean[i]) / scale[i]) : inputs;
}

/**
 * The inputs of the network at a `place` of the picture: on the plane of two principal components, or where there is
 * none, the first coordinates are those of a point.
 */
function inputsAt({ view, preparation, axes }, place) {
  if (!view) return inputsOf(preparation, place.slice(0, axes.length));
  return view.centre.map((value, i) => value + place[0] * view.axes[0][i] + place[1] * view.axes[1][i]);
}

/** One of them. */
function inputAt(report, place, index) {
  const { view } = report;
  return view ? view.centre[index] + place[0] * view.axes[0][index] + place[1] * view.axes[1][index] : inputsAt(report, place)[index];
}

/** Weights and bias of a unit of the first layer for the coordinates of the points themselves, without features. */
function inCoordinates({ mean, scale }, weights, bias) {
  if (!mean) return { weights, bias };
  return {
    weights: weights.map((w, i) => w / scale[i]),
    bias: bias - d3.sum(weights, (w, i) => (w * mean[i]) / scale[i]),
  };
}

/** The same for the coordinates of the picture. */
function inPicture({ view, preparation }, weights, bias) {
  const along = (axis) => d3.sum(weights, (w, i) => w * axis[i]);
  if (view) return { weights: view.axes.map(along), bias: bias + along(view.centre) };
  const { weights: own, bias: b } = inCoordinates(preparation, weights, bias);
  return { weights: [own[0], own[1] ?? 0], bias: b };
}
