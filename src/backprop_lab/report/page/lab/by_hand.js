// Trains with the chain rule written out: engines/by_hand.py in the browser, in double precision.

const VALIDATED_AT_ONCE = 512; // points

/** Whether a formula, or one among several, could not be written down. */
const isUnknown = (part) => part === null || (typeof part === "object" && Object.values(part).some(isUnknown));

/** Why a page cannot train a configuration, in a few words about the page, or "". */
function declines(config, formulas) {
  const { model } = config;
  const isKnown = Object.keys(HIDDEN_LAYERS).includes(model.name);
  if (!isKnown) return `it does not know the layers of model=${model.name}`;
  const activations = [model.activation ?? []].flat().map((name) => ["activation", name]);
  const chosen = ["loss", "penalty", "optimizer", "schedule"].map((group) => [group, config[group].name]);
  const unknown = [...activations, ...chosen].find(([group, name]) => isUnknown(formulas[group][name] ?? null));
  return unknown ? `it cannot compute the formulas of ${unknown.join("=")}` : declinesPoints(config, formulas);
}

/**
 * The training of a configuration, as a run folder holds it, on its `pointsOf`. `w` are all weights, flat, in the order
 * of `named_parameters`; `epoch` and `steps` count completed ones. It trains on for as long as it is asked to: a `stop`
 * or a loss that is not finite is for the caller to see.
 */
class ByHand {
  /** `known` may have the `layers`, and the `stepsPerEpoch` that a schedule follows. */
  constructor(config, points, formulas, known = {}) {
    const { train, val, task, outputs } = points;
    this.config = config;
    this.points = points;
    this.batchSize = Math.min(config.dataset.batch_size ?? train.n, train.n);
    this.stepsPerEpoch = known.stepsPerEpoch ?? Math.ceil(train.n / this.batchSize);
    const layers = known.layers ?? layersOf(config.model, train.inputs, outputs);
    const size = Math.max(this.batchSize, Math.min(VALIDATED_AT_ONCE, val.n));
    this.w = firstWeights(config, layers);
    this.gradient = new Float64Array(this.w.length);
    this.network = new Network(layers, formulas, size);
    this.stages = this.network.stages;
    const { outputs: z } = this.network;
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
    const n = this.takeBatch();
    this.chain(n);
    this.addPenalty();
    this.clip();
    this.steps += 1;
    this.updates.apply(this.steps);
    this.seen.add(this.loss, this.network.outputs, n);
    if (this.steps % this.stepsPerEpoch) return null;
    this.epoch += 1;
    return this.seen.row();
  }

  /** Take the points of the next step forward to their loss; returns how many there are. */
  takeBatch() {
    const inEpoch = this.steps % this.stepsPerEpoch;
    if (inEpoch === 0) this.beginEpoch();
    const first = inEpoch * this.batchSize;
    this.batch = this.order.subarray(first, first + this.batchSize);
    const n = this.batch.length;
    this.gather(this.points.train, this.batch);
    this.drawMasks(n);
    this.network.forward(this.w, n, true);
    this.loss.run(n);
    return n;
  }

  /** Go on from a moment at the end of an epoch: weights, state of the optimizer, completed epochs and steps. */
  startFrom({ w, slots, epoch, step }) {
    this.w.set(w);
    this.updates.slots.forEach((slot, i) => (slots[i] ? slot.set(slots[i]) : slot.fill(0)));
    [this.epoch, this.steps] = [epoch, step];
  }

  runEpoch() {
    for (;;) {
      const row = this.runStep();
      if (row) return row;
    }
  }

  /** Loss and metric of the validation points. */
  validate() {
    return this.measure(this.points.val);
  }

  /** Loss and metric of points with the current weights. */
  measure(points) {
    const seen = this.tally();
    const { network, loss } = this;
    network.eachPart(this.w, points, (first, n) => {
      for (let p = 0; p < n; p++) loss.y[p] = points.y[first + p];
      loss.run(n);
      seen.add(loss, network.outputs, n);
    });
    return seen.row();
  }

  /** The gradient of the loss of all these points, without the penalty and as long as it is. */
  gradientOf(points) {
    const { network, loss, gradient } = this;
    const whole = new Float64Array(gradient.length);
    network.eachPart(this.w, points, (first, n) => {
      for (let p = 0; p < n; p++) loss.y[p] = points.y[first + p];
      loss.run(n);
      this.chain(n);
      gradient.forEach((part, i) => (whole[i] += (part * n) / points.n));
    });
    return whole;
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
  gather(points, indices) {
    this.network.gather(points, indices);
    indices.forEach((from, p) => (this.loss.y[p] = points.y[from]));
  }

  drawMasks(n) {
    for (const { mask, layer } of this.stages) {
      if (!mask) continue;
      for (let p = 0; p < n; p++)
        for (let unit = 0; unit < layer.units; unit++)
          mask[unit * n + p] = this.dropped.double() >= layer.dropout ? 1 / (1 - layer.dropout) : 0;
    }
  }

  /** The gradient of the mean loss of the points that were taken, by the chain rule. */
  chain(n) {
    const { stages, gradient, w } = this;
    const last = stages.length - 1;
    const { delta, layer } = stages[last];
    for (let i = 0; i < layer.units * n; i++) delta[i] = this.loss.slopes[i] / n;
    for (let i = last; i >= 0; i--) {
      stages[i].gradients(gradient, i ? stages[i - 1].out : this.network.x, n);
      if (i) stages[i - 1].backward(w, stages[i], n);
    }
  }

  /** Add the penalty's part to the gradient. */
  addPenalty() {
    if (!this.penalty) return;
    this.penalty.run(this.w.length);
    this.eachPenalized((i) => (this.gradient[i] += this.penalty.results[1][i]));
  }

  /** Scale a gradient that is too long; returns the factor. */
  clip() {
    const { gradient } = this;
    const limit = this.config.optimizer.clip_norm;
    if (limit === null) return 1;
    const factor = this.clipFactor(gradient.reduce((sum, part) => sum + squared(part), 0), limit);
    if (factor !== 1) for (let i = 0; i < gradient.length; i++) gradient[i] *= factor;
    return factor;
  }

  /** Call a function with the place of each weight that is no bias. */
  eachPenalized(act) {
    for (const { layer } of this.stages) for (let i = 0; i < layer.units * layer.inputs; i++) act(layer.at + i);
  }
}
