// Lines of an X-ray: from the gradient of the batch to the new weights.

const MOST_DECIMALS = 16;

function updateLines(subject) {
  const { layers, shown, places, step } = subject;
  const lines = stepLines(subject);
  layers.forEach(({ inputs, bias }, at) => {
    for (const unit of shown[at]) {
      const from = places[at].weight + unit * inputs;
      const chosen = largestOf(step.gradient.subarray(from, from + inputs));
      for (const i of chosen) lines.push(...weightLines(subject, [at, unit], i));
      lines.push(...moreWeights(inputs - chosen.length, at, unit));
      if (bias) lines.push(...weightLines(subject, [at, unit], null));
    }
    lines.push(...moreUnits(subject, at));
  });
  return lines;
}

/** What is the same for all weights: the rate of the schedule, and the factor of a gradient that is too long. */
function stepLines({ step, config, formulas }) {
  const lines = [];
  const line = (kind, symbols, numbers) => lines.push({ kind, unit: null, symbols, numbers });
  if (formulas.schedule[config.schedule.name].factor !== 1 && "lr" in step.knobs)
    line("rate", `lr = optimizer.lr times the factor of schedule=${config.schedule.name} in this step`, `${shortText(config.optimizer.lr)}·${shortText(step.share)} = ${shortText(step.knobs.lr)}`);
  if (step.factor === 1) return lines;
  const norm = Math.sqrt(d3.sum(step.whole, (part) => part * part));
  line("clip", "norm of the gradients = √(sum of g² over all weights), above optimizer.clip_norm", shortText(norm));
  line("clip", "factor = clip_norm / norm", `${shortText(config.optimizer.clip_norm)} / ${shortText(norm)} = ${shortText(step.factor)}`);
  return lines;
}

/** From the batch's gradient to the new value of a weight, or of the bias where `i` is null. */
function weightLines(subject, [at, unit], i) {
  const { names, layers, places, pass, step, moment, isInBatch, config, formulas } = subject;
  const w = i === null ? names.bias(at, unit) : names.weight(at, unit, i);
  const place = i === null ? places[at].bias + unit : places[at].weight + unit * layers[at].inputs + i;
  const lines = [];
  const line = (kind, symbols, numbers) => lines.push({ kind, unit: [at, unit], place, symbols, numbers });
  const { n } = moment;
  const mean = step.mean[place];
  if (n === 1 && isInBatch) line("mean", `g = ∂loss/∂${w}, the batch being this point`, shortText(mean));
  else if (!isInBatch) line("mean", `g = mean of ∂loss/∂${w} over the ${wholeText(n)} points of the batch, of which this is none`, shortText(mean));
  else {
    const own = pass.gradient[place];
    const rest = n === 2 ? "that of the other point" : `the sum over the other ${wholeText(n - 1)} points`;
    line("mean", `g = (∂loss/∂${w} + ${rest}) / ${wholeText(n)}`, `(${addedText(shortText(own), mean * n - own)}) / ${wholeText(n)} = ${shortText(mean)}`);
  }
  if (step.whole[place] !== mean) {
    const tree = formulas.penalty[config.penalty.name].slope;
    const knobs = numbersOf(config.penalty);
    const values = { w: moment.w[place], ...knobs };
    const text = (leaf) => (typeof leaf === "number" ? shortText(leaf) : leaf === "w" ? w : leaf);
    line("penalty", `g ← g + ${heldIn(partOf(folded(tree, knobs), text), OF_SUM)}`, `${addedText(shortText(mean), resultOf(tree, values))} = ${shortText(step.whole[place])}`);
  }
  if (step.factor !== 1) line("clip", "g ← g·factor", `${asFactor(step.whole[place])}·${shortText(step.factor)} = ${shortText(step.gradient[place])}`);
  for (const [kind, symbols, numbers, marks] of optimizerLines(subject, place, w)) {
    line(kind, symbols, numbers);
    if (marks) lines.at(-1).marks = marks;
  }
  return lines;
}

/** The optimizer's state for a weight, and then the weight, as [kind, symbols, numbers]. */
function optimizerLines({ step, config, formulas }, place, w) {
  const { slots, coefficients, update, kept } = formulas.optimizer[config.optimizer.name];
  const { knobs } = step;
  const all = { ...knobs, step: step.number };
  const own = numbersOf(config.optimizer);
  const isKept = kept.map((tree) => Boolean(resultOf(tree, own)));
  const parts = new Map(coefficients.map((tree, i) => [JSON.stringify(`c${i}`), tree]));
  const [moved, ...trees] = update.map((tree) => folded(withParts(tree, parts), all));
  const of = (row) => Object.fromEntries(slots.map((slot, i) => [slot, row.slots[i][place]]));
  const symbol = (leaf) => (typeof leaf === "number" ? shortText(leaf) : ({ weight: w, gradient: "g", step: wholeText(step.number) }[leaf] ?? knobText(leaf)));
  const before = { weight: step.before.w[place], gradient: step.gradient[place], ...all, ...of(step.before) };
  const after = of(step.after);
  const lines = trees.flatMap((tree, i) =>
    isKept[i] ? [["slot", `${slots[i]} ← ${textOf(tree, symbol)}`, `${inNumbers(tree, before, (name) => shortText(before[name]))} = ${shortText(after[slots[i]])}`]] : [],
  );
  const known = new Map(trees.flatMap((tree, i) => (isKept[i] && Array.isArray(tree) ? [[JSON.stringify(tree), slots[i]]] : [])));
  const tree = withParts(moved, known);
  const values = { ...before, ...after };
  const [was, is] = changeTexts(before.weight, step.after.w[place]);
  const written = (name) => (name === "weight" ? was : shortText(values[name]));
  const same = before.weight === step.after.w[place] ? ", unchanged" : "";
  lines.push(["update", `${w} ← ${textOf(tree, symbol)}`, `${inNumbers(tree, values, written)} = ${is}${same}`, [was, is]]);
  return lines;
}

/** `betas.0` is written as in a configuration. */
function knobText(name) {
  const [knob, index] = name.split(".");
  return index === undefined ? name : `${knob}[${index}]`;
}

/** A number before and after a change, with as many decimals as the change needs. */
function changeTexts(before, after) {
  const away = Math.abs(after - before);
  const [size, largest] = [Math.abs(after) || 1, Math.max(Math.abs(before), Math.abs(after))];
  if (!(away > 0) || !(largest < 1e6)) return [before, after].map((value) => shortText(value));
  const decimals = Math.max(1 - Math.floor(Math.log10(away)), 3 - Math.floor(Math.log10(size)), 0);
  if (decimals > MOST_DECIMALS) return [before, after].map((value) => shortText(value, MOST_DECIMALS));
  return [before, after].map((value) => value.toFixed(decimals).replace("-", "−"));
}
