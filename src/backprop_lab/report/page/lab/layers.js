// The networks that a page can train: layers in a row, as `chain` of the models' modules makes them.

/** Widths and activations of the hidden layers, with dropout, by model. */
const HIDDEN_LAYERS = {
  single_layer: () => [],
  mlp: ({ hidden, activation, dropout }) =>
    [hidden].flat().map((units, i) => ({ units, activation: [activation].flat()[i] ?? activation, dropout })),
};

/** The layers of a network, each {inputs, units, activation, bias, dropout, at}; its weights begin at `at`. */
function layersOf(model, inputs, outputs) {
  const last = { units: outputs, activation: null, dropout: 0 };
  let at = 0;
  return [...HIDDEN_LAYERS[model.name](model), last].map((layer) => {
    const made = { ...layer, inputs, bias: model.bias, at };
    at += layer.units * (inputs + (model.bias ? 1 : 0));
    inputs = layer.units;
    return made;
  });
}

/** How many weights and biases the layers have. */
function parametersOf(layers) {
  return layers.reduce((sum, { units, inputs, bias }) => sum + units * (inputs + (bias ? 1 : 0)), 0);
}

/** The weights before the first step, layer by layer, each layer's biases behind its weights. */
function firstWeights({ model, seed }, layers) {
  if (Array.isArray(model.init)) return Float64Array.from(model.init);
  const random = new RandomGenerator(seed, "weights");
  const weights = new Float64Array(parametersOf(layers));
  for (const { at, units, inputs, bias } of layers) {
    const biases = at + units * inputs;
    const bound = 1 / Math.sqrt(inputs);
    for (let i = at; i < biases + (bias ? units : 0); i++) {
      if (model.init === "default") weights[i] = random.uniform(-bound, bound);
      else if (model.init !== "zeros" && i < biases) weights[i] = model.init;
    }
  }
  return weights;
}
