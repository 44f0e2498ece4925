// The steps that were recorded, for a page that cannot train its run.

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
