// One point through a network and back, and the step of its batch: what an X-ray shows, as numbers.

class Probe {
  /** For a network of `layers`. `known` has the type of the `task`, `outputs` and `stepsPerEpoch`. */
  constructor(config, formulas, layers, { task, outputs, stepsPerEpoch }) {
    const { inputs } = layers[0];
    this.point = { x: new Float64Array(inputs), y: new Float64Array(1), n: 1, inputs };
    const points = { train: this.point, val: this.point, task, outputs };
    const ofOne = { ...config, dataset: { ...config.dataset, batch_size: 1 } };
    this.rung = new ByHand(ofOne, points, formulas, { layers, stepsPerEpoch });
  }

  /** The loss of a point {x, y, masks} with weights `w`; `masks` has one for each layer, or null. */
  lossOf(w, { x, y, masks }) {
    const { point, rung } = this;
    point.x.set(x);
    point.y[0] = y;
    rung.w.set(w);
    rung.gather(point, [0]);
    rung.stages.forEach(({ mask }, i) => mask?.set(masks[i]));
    rung.network.forward(rung.w, 1, true);
    rung.loss.run(1);
    return rung.loss.values[0];
  }

  /**
   * A point forward and back. By layer: its `inputs`, sums z, values h, their `local` derivatives dh/dz, and the
   * `slopes` dloss/dz of this point's own loss. `gradient` is that by each weight.
   */
  pass(w, point) {
    const loss = this.lossOf(w, point);
    const { rung } = this;
    rung.chain(1);
    const of = (name) => rung.stages.map((stage) => Array.from(stage[name]));
    const given = [Array.from(point.x), ...of("out").slice(0, -1)];
    const local = rung.stages.map(({ slope }) => Array.from(slope.results[0] ?? []));
    return {
      ...point,
      loss,
      inputs: given,
      sums: of("z"),
      values: of("a"),
      local,
      slopes: of("delta"),
      gradient: rung.gradient.slice(),
    };
  }

  /**
   * What a step makes of the `gradient` of its batch's mean loss. All are rows of all weights: with the penalty
   * `whole`, times `factor` as the optimizer gets it; `before` and `after` have weights and slots.
   */
  step({ number, w, slots, gradient }) {
    const { rung } = this;
    const { updates } = rung;
    rung.w.set(w);
    updates.slots.forEach((slot, i) => (slots[i] ? slot.set(slots[i]) : slot.fill(0)));
    rung.gradient.set(gradient);
    rung.addPenalty();
    const whole = rung.gradient.slice();
    const factor = rung.clip();
    const taken = rung.gradient.slice();
    const kept = () => ({ w: rung.w.slice(), slots: updates.slots.map((slot) => slot.slice()) });
    const before = kept();
    updates.apply(number);
    return { number, mean: gradient, whole, factor, gradient: taken, before, after: kept(), knobs: updates.knobsAt(number), share: updates.factor(number) };
  }
}

/** The moment before a step of a training that is about to take it, which moves on by that. */
function momentOf(rung) {
  const { epoch, updates } = rung;
  const w = rung.w.slice();
  const slots = updates.slots.map((slot) => slot.slice());
  const n = rung.takeBatch();
  const indices = rung.batch.slice();
  const masks = rung.stages.map(({ mask, layer }) => mask && Array.from(mask.subarray(0, layer.units * n)));
  const losses = rung.loss.values.slice(0, n);
  rung.chain(n);
  return { number: rung.steps + 1, epoch: epoch + 1, n, w, slots, gradient: rung.gradient.slice(), indices, masks, losses };
}
