// The loss of each point and its slope, from formulas of options; and what an output is worth as an answer.

/** Arrays of `size` for the knobs of an option, by name; a list has one for each of its numbers. */
function knobArrays(knobs, size) {
  return Object.fromEntries(Object.entries(knobs).map(([knob, value]) => [knob, new Float64Array(size).fill(value)]));
}

/** The numbers among the knobs of an option, by name: `betas.0` and `betas.1` of a list, 1 or 0 of a flag. */
function numbersOf(option) {
  const flat = Object.entries(option).flatMap(([knob, value]) =>
    Array.isArray(value) ? value.map((one, i) => [`${knob}.${i}`, one]) : [[knob, value]],
  );
  const areNumbers = flat.filter(([, value]) => ["number", "boolean"].includes(typeof value));
  return Object.fromEntries(areNumbers.map(([knob, value]) => [knob, Number(value)]));
}

/** The loss of a network with one output `z`, of up to `size` points. `values` and `slopes` have one for each. */
class LossOfOne {
  constructor({ value, slope }, knobs, z, size) {
    this.y = new Float64Array(size);
    this.program = new Program([value, slope], { z, y: this.y, ...knobArrays(knobs, size) }, size);
    [this.values, this.slopes] = this.program.results;
  }

  run(n) {
    this.program.run(n);
  }
}

/** The loss of a network with an output for each of `k` classes: ClassForm of options/class_form.py. */
class LossOfClasses {
  constructor({ part, loss, derivative }, knobs, z, size, k) {
    const all = k * size;
    Object.assign(this, { z, k, y: new Float64Array(size) });
    for (const name of ["isOwn", "own", "rival", "total"]) this[name] = new Float64Array(all);
    const { own, rival, total, isOwn } = this;
    const known = { ...knobArrays(knobs, all), own, rival, is_own: isOwn };
    this.parts = new Program([part], { ...known, z }, all);
    const [parts] = this.parts.results;
    this.losses = new Program([loss], { ...known, total }, size);
    this.derivatives = new Program([derivative], { ...known, part: parts, total }, all);
    [[this.values], [this.slopes]] = [this.losses.results, this.derivatives.results];
  }

  run(n) {
    const { z, k, y, isOwn, own, rival, total } = this;
    for (let i = 0; i < n; i++) {
      let largest = -Infinity;
      for (let j = 0; j < k; j++) {
        isOwn[j * n + i] = j === y[i] ? 1 : 0;
        // Unlike a comparison, Math.max passes NaN on.
        if (j !== y[i]) largest = Math.max(largest, z[j * n + i]);
      }
      for (let j = 0; j < k; j++) [own[j * n + i], rival[j * n + i]] = [z[y[i] * n + i], largest];
    }
    this.parts.run(k * n);
    const [parts] = this.parts.results;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < k; j++) sum += parts[j * n + i];
      for (let j = 0; j < k; j++) total[j * n + i] = sum;
    }
    this.losses.run(n);
    this.derivatives.run(k * n);
  }
}

/** Loss and metric over points, as training/metrics.py and training/head.py have them. */
class Tally {
  constructor(task, undecided) {
    Object.assign(this, { task, undecided, points: 0, loss: 0, right: 0, residual: 0, targets: [] });
  }

  /** Add the first `n` points of a loss that has been computed, whose outputs are `z`. */
  add(loss, z, n) {
    this.points += n;
    for (let i = 0; i < n; i++) {
      this.loss += loss.values[i];
      if (this.task === "regression") {
        this.residual += squared(loss.y[i] - z[i]);
        this.targets.push(loss.y[i]);
      } else if (this.task === "multiclass") this.right += loss.own[i] - loss.rival[i] > this.undecided;
      else this.right += this.isRight(z[i], loss.y[i] > 0.5);
    }
  }

  isRight(z, isOne) {
    if (this.undecided === 0) return z > 0 === isOne;
    return isOne ? z > this.undecided : z < -this.undecided;
  }

  row() {
    const loss = this.loss / this.points;
    if (this.task !== "regression") return { loss, metric: this.right / this.points };
    const areEqual = this.targets.every((target) => target === this.targets[0]);
    if (areEqual) return { loss, metric: Number(this.residual === 0) };
    const mean = this.targets.reduce((sum, target) => sum + target, 0) / this.points;
    return { loss, metric: 1 - this.residual / this.targets.reduce((sum, target) => sum + squared(target - mean), 0) };
  }
}
