// Lines of an X-ray: the chain rule from the loss back to each weight.

function backwardLines(subject) {
  const { shown, last } = subject;
  const lines = slopeLines(subject);
  for (let at = last; at >= 0; at--) {
    for (const unit of shown[at]) {
      if (at < last) lines.push(...backLines(subject, at, unit));
      lines.push(...gradientLines(subject, at, unit));
    }
    lines.push(...moreUnits(subject, at));
  }
  return lines;
}

/** The derivative of the loss by each output. */
function slopeLines(subject) {
  const { pass, names, last, task, head, shown } = subject;
  const given = lossArguments(subject);
  return shown[last].map((i) => {
    const tree = task === "multiclass" ? ofOutput(given, subject, i) : given.form.slope;
    const probability = head.is_log_loss && task === "multiclass" && `p${i + 1}`;
    const values = { ...given.values, ...(probability && { p: given.probabilities[i] }) };
    const texts = { ...given.texts, p: probability || "p" };
    const [symbols, numbers] = lossTexts({ ...given, values, texts }, tree);
    const slope = shortText(pass.slopes[last][i]);
    const isPlain = numbers === slope || numbers.endsWith(`, so ${slope}`);
    return { kind: "slope", unit: [last, i], symbols: `∂loss/∂${names.sum(last, i)} = ${symbols}`, numbers: isPlain ? numbers : `${numbers} = ${slope}` };
  });
}

/** The derivative by one of several outputs, with what is known of it. */
function ofOutput({ form, z, values, knobs }, { pass, head }, i) {
  const isOwn = Number(i === pass.y);
  if (head.is_log_loss) return isOwn ? ["-", "p", 1] : "p";
  const part = (of, label) => resultOf(form.part, { z: z[of], is_own: Number(label === of), ...values });
  const known = { is_own: isOwn, part: part(i, pass.y), total: d3.sum(z, (_, of) => part(of, pass.y)) };
  const parts = new Map(Object.entries(known).map(([name, value]) => [JSON.stringify(name), value]));
  return folded(withParts(form.derivative, parts), knobs);
}

/** From the units behind through a hidden unit. */
function backLines({ pass, names, layers, moment, places, formulas, config }, at, unit) {
  const behind = layers[at + 1];
  const weightTo = (k) => moment.w[places[at + 1].weight + k * behind.inputs + unit];
  const terms = d3.range(behind.units).map((k) => [`∂loss/∂${names.sum(at + 1, k)}·${names.weight(at + 1, k, unit)}`, pass.slopes[at + 1][k], weightTo(k)]);
  const [symbols, numbers] = sumTexts(terms);
  let reached = d3.sum(terms, ([, slope, weight]) => slope * weight);
  const [passedOn, h, z] = [names.input(at + 1, unit), names.value(at, unit), names.sum(at, unit)];
  const id = [at, unit];
  const lines = [{ kind: "back", unit: id, symbols: `∂loss/∂${passedOn} = ${symbols}`, numbers: `${numbers} = ${shortText(reached)}` }];
  if (layers[at].dropout) {
    const m = pass.masks[at][unit];
    lines.push({ kind: "dropout_back", unit: id, symbols: `∂loss/∂${h} = ∂loss/∂${passedOn}·m`, numbers: `${shortText(reached)}·${shortText(m)} = ${shortText(reached * m)}` });
    reached *= m;
  }
  const local = pass.local[at][unit];
  const tree = folded(formulas.activation[layers[at].activation].slope, numbersOf(config.model));
  const values = { z: pass.sums[at][unit], a: pass.values[at][unit] };
  const texts = { z, a: h };
  const said = inNumbers(tree, values, (name) => shortText(values[name]));
  const isSaid = said === shortText(local) || said.endsWith(`, so ${shortText(local)}`);
  lines.push({
    kind: "local",
    unit: id,
    symbols: `∂${h}/∂${z} = ${textOf(tree, (leaf) => (typeof leaf === "number" ? shortText(leaf) : texts[leaf]))}`,
    numbers: isSaid ? said : `${said} = ${shortText(local)}`,
  });
  lines.push({
    kind: "delta",
    unit: id,
    symbols: `∂loss/∂${z} = ∂loss/∂${h}·∂${h}/∂${z}`,
    numbers: `${shortText(reached)}·${asFactor(local)} = ${shortText(pass.slopes[at][unit])}`,
  });
  return lines;
}

/** To the weights and the bias of a unit. */
function gradientLines({ pass, names, layers, places }, at, unit) {
  const { inputs, bias } = layers[at];
  const from = places[at].weight + unit * inputs;
  const [z, slope] = [names.sum(at, unit), pass.slopes[at][unit]];
  const chosen = largestOf(pass.gradient.subarray(from, from + inputs));
  const lines = chosen.map((i) => ({
    kind: "gradient",
    unit: [at, unit],
    place: from + i,
    symbols: `∂loss/∂${names.weight(at, unit, i)} = ∂loss/∂${z}·${names.input(at, i)}`,
    numbers: `${shortText(slope)}·${asFactor(pass.inputs[at][i])} = ${shortText(pass.gradient[from + i])}`,
  }));
  lines.push(...moreWeights(inputs - chosen.length, at, unit));
  if (bias) lines.push({ kind: "bias", unit: [at, unit], place: places[at].bias + unit, symbols: `∂loss/∂${names.bias(at, unit)} = ∂loss/∂${z}`, numbers: shortText(slope) });
  return lines;
}

function moreWeights(more, at, unit) {
  return more ? [{ kind: "more", unit: [at, unit], symbols: `${wholeText(more)} more weights of unit ${unitName([at, unit])}, whose gradients are smaller`, numbers: "" }] : []; // prettier-ignore
}
