// Where the steps of an X-ray come from: of a training that this page made any step and any training point, otherwise
// those that were recorded.

/** The source for what is shown: {last, isAny, after(frame), momentOf(number), pointOf(moment, i)}; null without. */
function xraySource(report) {
  if (!report.layers.length || report.isPulled) return null;
  const training = report.film ? report.film.training : report.trained;
  if (training) return new TrainedSteps(report, training);
  return report.xray.steps.length ? new RecordedSteps(report) : null;
}

/** What both sources tell of the network; `known` has the `outputs` and `stepsPerEpoch`. */
function networkOfSteps(report, config, task, layers, known) {
  const { live } = report;
  return {
    config,
    task,
    layers,
    formulas: live.formulas,
    classNames: report.class_names,
    head: live.heads[config.loss.name][task],
    probe: new Probe(config, live.formulas, layers, { task, ...known }),
  };
}

class TrainedSteps {
  constructor(report, { config, formulas, points, rung, frames }) {
    const layers = layersOf(config.model, points.train.inputs, points.outputs);
    const known = { outputs: points.outputs, stepsPerEpoch: rung.stepsPerEpoch };
    Object.assign(this, networkOfSteps(report, config, points.task, layers, known));
    this.isAny = true;
    this.points = points.train;
    this.frames = frames;
    this.last = rung.steps;
    this.worker = new ByHand(config, points, formulas);
  }

  /** The number of the step that follows a frame; of the last one the step that led to it. */
  after(frame) {
    return Math.min(this.last, this.frames[Math.min(frame, this.frames.length - 1)].step + 1);
  }

  frameBefore(number) {
    return this.frames.findLastIndex(({ step }) => step < number);
  }

  momentOf(number) {
    if (this.known?.number === number) return this.known;
    const { worker } = this;
    worker.startFrom(this.frames[this.frameBefore(number)]);
    while (worker.steps < number - 1) worker.runStep();
    this.known = momentOf(worker);
    return this.known;
  }

  /** The places among the training points of those of the batch, the wrongest first. */
  inBatch({ indices, losses }) {
    return d3.sort(d3.range(indices.length), (p) => -losses[p]).map((p) => indices[p]);
  }

  pointOf({ indices, masks, n }, i) {
    const { x, y, inputs } = this.points;
    const p = indices.indexOf(i);
    const ofPoint = (mask) => mask && Array.from({ length: mask.length / n }, (_, unit) => (p < 0 ? 1 : mask[unit * n + p]));
    return { x: x.subarray(i * inputs, (i + 1) * inputs), y: y[i], masks: masks.map(ofPoint), isInBatch: p >= 0 };
  }
}

class RecordedSteps {
  constructor(report) {
    const { live, at, arrays } = report;
    const places = weightPlaces(report.layers);
    const layers = report.layers.map((layer, i) => ({ ...layer, at: places[i].weight }));
    const { dataset } = live.config;
    const { of_train: n } = report.points;
    const stepsPerEpoch = Math.ceil(n / Math.min(dataset.batch_size ?? n, n));
    Object.assign(this, networkOfSteps(report, live.config, report.task, layers, { outputs: layers.at(-1).units, stepsPerEpoch }));
    this.isAny = false;
    this.steps = report.xray.steps;
    this.numbers = this.steps.map(({ step }) => step);
    this.last = this.numbers.at(-1);
    this.at = at;
    [, this.count] = arrays["xray/y"].shape;
  }

  /** Of the last recorded step that does not come after a frame's next one. */
  after(frame) {
    return (this.steps.findLast((step) => step.frame <= frame) ?? this.steps[0]).step;
  }

  frameBefore(number) {
    return this.steps[this.nearest(number)].frame;
  }

  nearest(number) {
    return d3.minIndex(this.numbers, (one) => Math.abs(one - number));
  }

  momentOf(number) {
    const place = this.nearest(number);
    const { step, epoch, batch } = this.steps[place];
    const of = (name) => Float64Array.from(this.at[`xray/${name}`](place));
    const w = of("weights");
    const slots = of("slots");
    const count = slots.length / w.length;
    return {
      place,
      number: step,
      epoch,
      n: batch,
      w,
      slots: d3.range(count).map((slot) => slots.subarray(slot * w.length, (slot + 1) * w.length)),
      gradient: of("gradient"),
    };
  }

  /** The first points of the batch, the wrongest first. */
  inBatch(moment) {
    const count = Math.min(this.count, moment.n);
    return d3.sort(d3.range(count), (p) => -this.probe.lossOf(moment.w, this.pointOf(moment, p)));
  }

  pointOf({ place }, p) {
    const masks = this.at["xray/masks"] ? Array.from(this.at["xray/masks"](place, p)) : [];
    let from = 0;
    const ofLayer = ({ units, dropout }) => (dropout ? masks.slice(from, (from += units)) : null);
    return { x: this.at["xray/x"](place, p), y: this.at["xray/y"](place, p), masks: this.layers.map(ofLayer), isInBatch: true };
  }
}
