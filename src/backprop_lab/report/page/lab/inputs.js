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

/** Weights and bias of a unit of the first layer for the coordinates of the points themselves, without features. */
function inCoordinates({ mean, scale }, weights, bias) {
  if (!mean) return { weights, bias };
  return {
    weights: weights.map((w, i) => w / scale[i]),
    bias: bias - d3.sum(weights, (w, i) => (w * mean[i]) / scale[i]),
  };
}
