// Lines of an X-ray: {kind, unit, symbols, numbers}, and `place` of the weight that one is about. Here the forward pass.

function forwardLines(subject) {
  const { layers, shown } = subject;
  return layers.flatMap((_, at) => [...shown[at].flatMap((unit) => unitLines(subject, at, unit)), ...moreUnits(subject, at)]).concat(lossLines(subject)); // prettier-ignore
}

/** A unit's sum, its output, and what dropout makes of that. */
function unitLines({ layers, names, pass, moment, places, formulas, last }, at, unit) {
  const { inputs, bias, activation, dropout } = layers[at];
  const from = places[at].weight + unit * inputs;
  const terms = pass.inputs[at].map((value, i) => [`${names.weight(at, unit, i)}·${names.input(at, i)}`, moment.w[from + i], value]);
  if (bias) terms.push([names.bias(at, unit), moment.w[places[at].bias + unit]]);
  const [symbols, numbers] = sumTexts(terms);
  const [z, a] = [pass.sums[at][unit], pass.values[at][unit]];
  const id = [at, unit];
  const lines = [{ kind: "sum", unit: id, symbols: `${names.sum(at, unit)} = ${symbols}`, numbers: `${numbers} = ${shortText(z)}` }];
  if (at === last) return lines;
  const isSame = formulas.activation[activation].value === "z";
  const shape = isSame ? names.sum(at, unit) : `${activation}(${names.sum(at, unit)})`;
  lines.push({
    kind: "activation",
    unit: id,
    symbols: `${names.value(at, unit)} = ${shape}`,
    numbers: isSame ? shortText(a) : `${activation}(${shortText(z)}) = ${shortText(a)}`,
  });
  if (!dropout) return lines;
  const m = pass.masks[at][unit];
  const why = m ? `m = 1 / (1 − ${shortText(dropout)}): the unit is kept` : "m = 0: the unit is dropped";
  lines.push({
    kind: "dropout",
    unit: id,
    symbols: `${names.input(at + 1, unit)} = m·${names.value(at, unit)}, ${why}`,
    numbers: `${shortText(m)}·${asFactor(a)} = ${shortText(m * a)}`,
  });
  return lines;
}

function moreUnits({ layers, shown }, at) {
  const more = layers[at].units - shown[at].length;
  return more ? [{ kind: "more", unit: null, symbols: `${wholeText(more)} more units of layer ${at + 1}, on which this point's loss depends less`, numbers: "" }] : []; // prettier-ignore
}

/** What the formulas of the loss are about at this point: values and names of their arguments. */
function lossArguments(subject) {
  const { pass, names, last, config, formulas, task, head } = subject;
  const z = pass.sums[last];
  const form = formulas.loss[config.loss.name][task];
  const knobs = numbersOf(config.loss);
  const shared = { form, knobs, z };
  if (task !== "multiclass") {
    const p = 1 / (1 + Math.exp(-z[0]));
    const isProbability = head.is_probability;
    const values = { z: z[0], y: pass.y, ...knobs, ...(isProbability && { p }) };
    const texts = { z: names.sum(last, 0) };
    const parts = isProbability ? [[sigmoidTree("z"), "p"]] : [];
    return { ...shared, values, texts, parts, p };
  }
  const others = d3.range(z.length).filter((i) => i !== pass.y);
  const rival = others[d3.maxIndex(others, (i) => z[i])];
  const probabilities = softmax(z);
  return {
    ...shared,
    values: { own: z[pass.y], rival: z[rival], ...knobs },
    texts: { own: names.sum(last, pass.y), rival: names.sum(last, rival) },
    parts: [],
    probabilities,
  };
}

/** [symbols, numbers] of a formula of the loss. */
function lossTexts({ values, texts, parts, knobs }, tree) {
  const plain = withParts(folded(tree, knobs), new Map(parts.map(([part, name]) => [JSON.stringify(part), name])));
  const symbols = textOf(plain, (leaf) => (typeof leaf === "number" ? shortText(leaf) : (texts[leaf] ?? leaf)));
  return [symbols, inNumbers(plain, values, (name) => shortText(values[name]))];
}

/** The loss of the point. */
function lossLines(subject) {
  const { pass, head, last, names, classNames, task } = subject;
  const given = lossArguments(subject);
  const unit = task === "multiclass" ? null : [last, 0];
  const line = (symbols, numbers, kind = "loss") => ({ kind, unit, symbols, numbers });
  const loss = shortText(pass.loss);
  if (task === "multiclass") {
    const { z, probabilities } = given;
    if (!head.is_log_loss) {
      const [symbols, numbers] = lossTexts(given, given.form.loss);
      return [line(`loss = ${symbols}, because y is ${classNames[pass.y]}`, `${numbers} = ${loss}`)];
    }
    const own = pass.y;
    const each = largestOf(z).map((i) => line(`p${i + 1} = exp(${names.sum(last, i)}) / Σ exp(${head.symbol}), of ${classNames[i]}`, shortText(probabilities[i]), "probability"));
    return [...each, line(`loss = −ln(p${own + 1}), because y is ${classNames[own]}`, `−ln(${shortText(probabilities[own])}) = ${loss}`)];
  }
  const lines = [];
  const { p, z } = given;
  if (head.is_probability) lines.push(line(`p = sigmoid(${names.sum(last, 0)})`, `sigmoid(${shortText(z[0])}) = ${shortText(p)}`, "probability"));
  if (head.is_log_loss) {
    const [symbols, share] = pass.y === 1 ? ["p", p] : ["1 − p", 1 / (1 + Math.exp(z[0]))];
    return [...lines, line(`loss = −ln(${symbols}), because y = ${pass.y}`, `−ln(${shortText(share)}) = ${loss}`)];
  }
  const [symbols, numbers] = lossTexts(given, given.form.value);
  return [...lines, line(`loss = ${symbols}`, `${numbers} = ${loss}`)];
}
