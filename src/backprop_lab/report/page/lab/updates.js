// Weight updates with the formula of the optimizer, at the rate of the schedule: training/updates.py.

class Updates {
  /** Of the weights `w` with their `gradient`, which are read where they are. */
  constructor(config, formulas, w, gradient, stepsPerEpoch) {
    const { slots, kept, coefficients, update } = formulas.optimizer[config.optimizer.name];
    const schedule = { ...config.schedule, epochs: config.schedule.epochs ?? config.epochs };
    const scheduleKnobs = numbersOf(schedule);
    const names = ["step", "steps", ...Object.keys(scheduleKnobs)];
    const factor = functionOf(formulas.schedule[schedule.name].factor, names);
    const steps = schedule.epochs * stepsPerEpoch;
    this.factor = (step) => factor(Math.min(step, steps) - 1, steps, ...Object.values(scheduleKnobs));
    this.w = w;
    this.knobs = numbersOf(config.optimizer);
    const own = Object.keys(this.knobs);
    this.coefficients = coefficients.map((tree) => functionOf(tree, ["step", ...own]));
    const isConstant = (tree) => !JSON.stringify(tree).includes('"step"');
    this.areConstant = [formulas.schedule[schedule.name].factor, ...coefficients].every(isConstant);
    this.numbers = coefficients.map(() => new Float64Array(w.length));
    this.slots = slots.map(() => new Float64Array(w.length));
    this.areKept = kept.map((tree) => functionOf(tree, own)(...Object.values(this.knobs)));
    const arrays = { weight: w, gradient };
    this.slots.forEach((slot, i) => (arrays[slots[i]] = slot));
    this.numbers.forEach((number, i) => (arrays[`c${i}`] = number));
    this.program = new Program(update, arrays, w.length);
  }

  /** Update all weights in step number `step`, counted from 1. */
  apply(step) {
    if (!this.areConstant || !this.isBegun) this.setCoefficients(step);
    this.program.run(this.w.length);
    const { results } = this.program;
    this.w.set(results[0]);
    for (let i = 0; i < this.slots.length; i++) if (this.areKept[i]) this.slots[i].set(results[i + 1]);
  }

  /** The numbers among the optimizer's knobs in a step, `lr` at the rate of the schedule. */
  knobsAt(step) {
    return "lr" in this.knobs ? { ...this.knobs, lr: this.knobs.lr * this.factor(step) } : this.knobs;
  }

  setCoefficients(step) {
    const values = Object.values(this.knobsAt(step));
    this.coefficients.forEach((coefficient, i) => {
      const number = coefficient(step, ...values);
      if (number !== this.numbers[i][0]) this.numbers[i].fill(number);
    });
    this.isBegun = true;
  }
}
