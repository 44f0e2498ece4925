// A training in this page, a little at a time: it keeps the weights of some epochs, and a row for each logged one.

const KEPT_EPOCHS = 50;

/** The epochs whose weights are kept, densest at the start: `epochs` of callbacks/frames.py. */
function keptEpochs(last) {
  const chosen = [0];
  for (let k = 1; k < KEPT_EPOCHS - 1; k++)
    chosen.push(Math.max(chosen[k - 1] + 1, roundedEven(last * (k / (KEPT_EPOCHS - 1)) ** 3)));
  return new Set([...chosen.filter((epoch) => epoch < last), last]);
}

class LiveTraining {
  /** Of a configuration, on its `pointsOf`. */
  constructor(config, formulas, points) {
    this.config = config;
    this.formulas = formulas;
    this.points = points;
    this.rung = new ByHand(config, points, formulas);
    this.kept = keptEpochs(config.epochs);
    this.frames = [];
    this.rows = [];
    this.isBroken = false;
    this.spent = 0;
    this.keep();
  }

  get isOver() {
    return this.isBroken || this.rung.epoch >= this.config.epochs;
  }

  /** Train for about so many milliseconds, or to the end. */
  work(milliseconds) {
    const began = performance.now();
    while (!this.isOver && performance.now() - began < milliseconds) this.step();
    this.spent += performance.now() - began;
  }

  step() {
    const { rung, config, rows } = this;
    const seen = rung.runStep();
    if (!seen) return;
    const { epoch } = rung;
    this.isBroken = !Number.isFinite(seen.loss) || !rung.w.every(Number.isFinite);
    if (this.isBroken) return;
    if (epoch % config.log_every_n_epochs === 0 || epoch === config.epochs)
      rows.push({ epoch, train: seen, val: rung.validate(), penalty: rung.penaltyNow() });
    if (this.kept.has(epoch)) this.keep();
  }

  keep() {
    const { epoch, steps: step, w, updates } = this.rung;
    this.frames.push({ epoch, step, w: w.slice(), slots: updates.slots.map((slot) => slot.slice()) });
  }
}
