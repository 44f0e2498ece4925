// Trains with the chain rule written out: engines/by_hand.py in the browser, in double precision.
//
// Numbers of a layer lie unit by unit, [units, points of the batch], so that the inner loops run over the points.

const VALIDATED_AT_ONCE = 512; // points

/** Why a page cannot train a configuration, in a few words about the page, or "". */
function declines(config, formulas) {
  const { model } = config;
  const isKnown = Object.keys(HIDDEN_LAYERS).includes(model.name);
  if (!isKnown) return `it does not know the layers of model=${model.name}`;
  const activations = [model.activation ?? []].flat().map((name) => ["activation", name]);
  const chosen = ["loss", "penalty", "optimizer", "schedule"].map((group) => [group, config[group].name]);
  const isUnknown = (part) => part === null || (typeof part === "object" && Object.values(part).some(isUnknown));
  const unknown = [...activations, ...chosen].find(([group, name]) => isUnknown(formulas[group][name] ?? null));
  return unknown ? `it cannot compute the formulas of ${unknown.join("=")}` : declinesPoints(config, formulas);
}

/** A layer at work on up to `size` points. */
class Stage {
  constructor(layer, formula, size) {
    const all = layer.units * size;
    this.layer = layer;
    this.z = new Float64Array(all);
    this.delta = new Float64Array(all); // dloss/dz
    this.value = new Program(formula ? [formula.value] : [], { z: this.z }, all);
    this.a = formula ? this.value.results[0] : this.z;
    this.slope = new Program(formula ? [formula.slope] : [], { z: this.z, a: this.a }, all);
    this.mask = layer.dropout ? new Float64Array(all) : null;
    this.out = this.mask ? new Float64Array(all) : this.a;
  }

  /** The outputs of the layer for `n` points with these inputs, in `out`. */
  forward(w, input, n, isMasked) {
    const { units, inputs, bias, at } = this.layer;
    const { z, a, mask, out } = this;
    for (let unit = 0; unit < units; unit++) {
      const start = unit * n;
      z.fill(bias ? w[at + units * inputs + unit] : 0, start, start + n);
      const row = at + unit * inputs;
      let i = 0;
      for (; i + 1 < inputs; i += 2) {
        const [first, second] = [w[row + i], w[row + i + 1]];
        const [from, next] = [i * n, (i + 1) * n];
        for (let p = 0; p < n; p++) z[start + p] += first * input[from + p] + second * input[next + p];
      }
      if (i < inputs) for (let p = 0; p < n; p++) z[start + p] += w[row + i] * input[i * n + p];
    }
    this.value.run(units * n);
    if (mask) for (let i = 0; i < units * n; i++) out[i] = isMasked ? a[i] * mask[i] : a[i];
  }

  /** The gradients of the layer's weights: dloss/dW = delta^T x, dloss/db = delta, summed over the batch. */
  gradients(gradient, input, n) {
    const { units, inputs, bias, at } = this.layer;
    const { delta } = this;
    for (let unit = 0; unit < units; unit++) {
      const start = unit * n;
      for (let i = 0; i < inputs; i++) {
        const from = i * n;
        let sum = 0;
        for (let p = 0; p < n; p++) sum += delta[start + p] * input[from + p];
        gradient[at + unit * inputs + i] = sum;
      }
      if (!bias) continue;
      let sum = 0;
      for (let p = 0; p < n; p++) sum += delta[start + p];
      gradient[at + units * inputs + unit] = sum;
    }
  }

  /** `delta` from that of the layer behind: (delta W) * mask * activation'. */
  backward(w, behind, n) {
    const { units, at } = behind.layer;
    const { delta, mask } = this;
    const width = this.layer.units;
    const { delta: known } = behind;
    for (let i = 0; i < width; i++) {
      const start = i * n;
      const weight = w[at + i];
      for (let p = 0; p < n; p++) delta[start + p] = weight * known[p];
      for (let unit = 1; unit < units; unit++) {
        const [other, from] = [w[at + unit * width + i], unit * n];
        for (let p = 0; p < n; p++) delta[start + p] += other * known[from + p];
      }
    }
    if (mask) for (let i = 0; i < width * n; i++) delta[i] *= mask[i];
    this.slope.run(width * n);
    const [slopes] = this.slope.results;
    for (let i = 0; i < width * n; i++) delta[i] *= slopes[i];
  }
}

/**
 * The training of a configuration, as a run folder holds it, on its `pointsOf`. `w` are all weights, flat, in the order
 * of `named_parameters`; `epoch` and `steps` count completed ones. It trains on for as long as it is asked to: a `stop`
 * or a loss that is not finite is for the caller to see.
 */
class ByHand {
  constructor(config, points, formulas) {
    const { train, val, task, outputs } = points;
    this.config = config;
    this.points = points;
    this.batchSize = Math.min(config.dataset.batch_size ?? train.n, train.n);
    this.stepsPerEpoch = Math.ceil(train.n / this.batchSize);
    const size = Math.max(this.batchSize, Math.min(VALIDATED_AT_ONCE, val.n));
    const layers = layersOf(config.model, train.inputs, outputs);
    this.w = firstWeights(config, layers);
    this.gradient = new Float64Array(this.w.length);
    this.x = new Float64Array(train.inputs * size);
    this.stages = layers.map((layer) => new Stage(layer, formulas.activation[layer.activation], size));
    const { z } = this.stages[layers.length - 1];
    this.outputs = z;
    const form = formulas.loss[config.loss.name][task];
    const knobs = numbersOf(config.loss);
    this.loss = outputs > 1 ? new LossOfClasses(form, knobs, z, size, outputs) : new LossOfOne(form, knobs, z, size);
    this.penalty = this.penaltyOf(formulas.penalty[config.penalty.name]);
    this.clipFactor = functionOf(formulas.clip.factor, ["squares", "clip_norm"]);
    this.updates = new Updates(config, formulas, this.w, this.gradient, this.stepsPerEpoch);
    this.tally = () => new Tally(task, formulas.head.undecided);
    this.epoch = 0;
    this.steps = 0;
  }

  /** Value and slope of the penalty of each weight; null if there is none. */
  penaltyOf({ value, slope }) {
    if (value === 0 && slope === 0) return null;
    const size = this.w.length;
    return new Program([value, slope], { w: this.w, ...knobArrays(numbersOf(this.config.penalty), size) }, size);
  }

  /** One step. After the last one of an epoch it returns loss and metric of its points, as the steps saw them. */
  runStep() {
    const { train } = this.points;
    const inEpoch = this.steps % this.stepsPerEpoch;
    if (inEpoch === 0) this.beginEpoch();
    const first = inEpoch * this.batchSize;
    const batch = this.order.subarray(first, first + this.batchSize);
    const n = batch.length;
    this.gather(train, batch);
    this.drawMasks(n);
    this.forward(n, true);
    this.backward(n);
    this.steps += 1;
    this.updates.apply(this.steps);
    this.seen.add(this.loss, this.outputs, n);
    if (inEpoch < this.stepsPerEpoch - 1) return null;
    this.epoch += 1;
    return this.seen.row();
  }

  runEpoch() {
    for (;;) {
      const row = this.runStep();
      if (row) return row;
    }
  }

  /** Loss and metric of the validation points. */
  validate() {
    const { val } = this.points;
    const seen = this.tally();
    const all = Int32Array.from({ length: val.n }, (_, i) => i);
    for (let first = 0; first < val.n; first += VALIDATED_AT_ONCE) {
      const some = all.subarray(first, first + VALIDATED_AT_ONCE);
      this.gather(val, some);
      this.forward(some.length, false);
      seen.add(this.loss, this.outputs, some.length);
    }
    return seen.row();
  }

  /** The penalty of the current weights. */
  penaltyNow() {
    if (!this.penalty) return 0;
    this.penalty.run(this.w.length);
    let sum = 0;
    this.eachPenalized((i) => (sum += this.penalty.results[0][i]));
    return sum;
  }

  beginEpoch() {
    const { config } = this;
    const { n } = this.points.train;
    const epoch = this.epoch + 1;
    if (config.dataset.shuffle) this.order = new RandomGenerator(config.seed, "order", epoch).permutation(n);
    else this.order ??= Int32Array.from({ length: n }, (_, i) => i);
    if (this.stages.some(({ mask }) => mask)) this.dropped = new RandomGenerator(config.seed, "dropout", epoch);
    this.seen = this.tally();
  }

  /** Inputs and targets of these points, where the layers and the loss read them. */
  gather({ x, y, inputs }, indices) {
    const n = indices.length;
    for (let p = 0; p < n; p++) {
      for (let i = 0; i < inputs; i++) this.x[i * n + p] = x[indices[p] * inputs + i];
      this.loss.y[p] = y[indices[p]];
    }
  }

  drawMasks(n) {
    for (const { mask, layer } of this.stages) {
      if (!mask) continue;
      for (let p = 0; p < n; p++)
        for (let unit = 0; unit < layer.units; unit++)
          mask[unit * n + p] = this.dropped.double() >= layer.dropout ? 1 / (1 - layer.dropout) : 0;
    }
  }

  forward(n, isMasked) {
    let input = this.x;
    for (const stage of this.stages) {
      stage.forward(this.w, input, n, isMasked);
      input = stage.out;
    }
    this.loss.run(n);
  }

  /** The gradient of all weights, with the penalty's part, and clipped. */
  backward(n) {
    const { stages, gradient, w } = this;
    const last = stages.length - 1;
    const { delta, layer } = stages[last];
    for (let i = 0; i < layer.units * n; i++) delta[i] = this.loss.slopes[i] / n;
    for (let i = last; i >= 0; i--) {
      stages[i].gradients(gradient, i ? stages[i - 1].out : this.x, n);
      if (i) stages[i - 1].backward(w, stages[i], n);
    }
    if (this.penalty) {
      this.penalty.run(w.length);
      this.eachPenalized((i) => (gradient[i] += this.penalty.results[1][i]));
    }
    const limit = this.config.optimizer.clip_norm;
    if (limit === null) return;
    const factor = this.clipFactor(gradient.reduce((sum, part) => sum + squared(part), 0), limit);
    if (factor !== 1) for (let i = 0; i < gradient.length; i++) gradient[i] *= factor;
  }

  /** Call a function with the place of each weight that is no bias. */
  eachPenalized(act) {
    for (const { layer } of this.stages) for (let i = 0; i < layer.units * layer.inputs; i++) act(layer.at + i);
  }
}
