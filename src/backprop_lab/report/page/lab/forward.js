// The forward pass of layers in a row: the same sums as engines/by_hand.py, for one point.

/**
 * The outputs of each layer for the point `x`. `layers` are {inputs, units, bias, activation}, with `activation` a
 * function; `weights` is one row of all weights, layer by layer, the biases after the weights of their layer.
 */
function forward(layers, weights, x) {
  let at = 0;
  let values = x;
  return layers.map(({ inputs, units, bias, activation }) => {
    const before = values;
    const biases = at + units * inputs;
    values = Array.from({ length: units }, (_, unit) => {
      let sum = bias ? weights[biases + unit] : 0;
      for (let input = 0; input < inputs; input++) sum += weights[at + unit * inputs + input] * before[input];
      return activation(sum);
    });
    at = biases + (bias ? units : 0);
    return values;
  });
}
