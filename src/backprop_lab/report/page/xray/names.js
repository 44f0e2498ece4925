// What weights and values of layers in a row are called: w1.3.2 is the weight of unit 3 of layer 1 for its input 2.

const xrayNames = (layers, symbol) => {
  const last = layers.length - 1;
  const isOnly = last === 0 && layers[0].units === 1;
  const names = {
    /** An input of a layer: a coordinate, or the output of a unit, after dropout if there is some. */
    input(layer, i) {
      if (layer === 0) return layers[0].inputs === 1 ? "x" : `x${i + 1}`;
      return layers[layer - 1].dropout ? `d${layer}.${i + 1}` : names.value(layer - 1, i);
    },
    value: (layer, unit) => `h${unitName([layer, unit])}`,
    sum(layer, unit) {
      if (layer < last) return `z${unitName([layer, unit])}`;
      return layers[last].units === 1 ? symbol : `${symbol}${unit + 1}`;
    },
    weight(layer, unit, i) {
      if (isOnly) return layers[0].inputs === 1 ? "w" : `w${i + 1}`;
      return `w${unitName([layer, unit])}.${i + 1}`;
    },
    bias: (layer, unit) => (isOnly ? "b" : `b${unitName([layer, unit])}`),
  };
  return names;
};
