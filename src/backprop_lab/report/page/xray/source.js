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
