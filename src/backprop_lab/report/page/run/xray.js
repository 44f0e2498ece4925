// One step in numbers: the path of the largest gradient as one chain, with the code that computes it; below, every line.

function startXray(report) {
  const container = byId("xray-content");
  container.replaceChildren();
  const source = xraySource(report);
  if (!source) {
    container.append(make("p", {}, report.isPulled ? "This is one moment with another weight: train on from here to see its steps." : report.xray.reason));
    return;
  }
  const stepField = make("input", { type: "number", id: "xray-step", min: 1, max: source.last, autocomplete: "off" });
  const pointField = make("select", { id: "xray-point" });
  const anyField = make("input", { type: "number", id: "xray-any", min: 1, max: source.points?.n ?? 1, autocomplete: "off" });
  const listed = source.isAny ? null : make("select", { id: "xray-step" }, ...source.numbers.map((step, i) => make("option", { value: step }, `${wholeText(step)}, first of epoch ${wholeText(source.steps[i].epoch)}`)));
  const following = make("button", { type: "button", id: "xray-follow", click: () => change({ step: null }) }, "Follow the film");
  const wrongest = make("button", { type: "button", id: "xray-wrongest", click: () => change({ point: null }) }, "The wrongest");
  const ofStep = make("span", { class: "legend" });
  const ofPoint = make("p", { id: "xray-said" });
  const picture = make("div", { class: "graph scrolls", tabindex: 0, role: "region", "aria-label": "The path of the largest gradient" });
  const pathLegend = make("p", { class: "legend" });
  const chain = make("div", { class: "chain", id: "xray-chain" });
  const code = make("div", { class: "codes", id: "xray-code" });
  const nudge = make("p", { class: "legend", id: "xray-nudge" });
  const unitsCard = make("div", { class: "units", id: "xray-units" });
  const cards = make("div", { class: "cards" });
  const every = make("details", { id: "xray-every" }, make("summary", {}, "Every line"), cards);
  const chooseStep = (number) => {
    if (!Number.isInteger(number)) return;
    const step = Math.min(source.last, Math.max(1, number));
    change({ step, frame: Math.max(0, source.frameBefore(step)), playing: false });
  };
  (listed ?? stepField).addEventListener("change", (event) => chooseStep(Number(event.target.value)));
  pointField.addEventListener("change", () => change({ point: Number(pointField.value) }));
  anyField.addEventListener("change", () => {
    const wanted = Number(anyField.value);
    if (Number.isInteger(wanted) && wanted >= 1 && wanted <= source.points.n) change({ point: wanted - 1 });
  });
  const label = (text, ...parts) => make("label", {}, `${text} `, ...parts);
  container.append(
    make("div", { class: "choosers" }, label("Step", listed ?? stepField), ofStep, following),
    make("div", { class: "choosers" }, label("Point of the batch", pointField), ...(source.isAny ? [label("or any training point", anyField)] : []), wrongest),
    ...xrayInputs(report),
    ofPoint,
    picture,
    pathLegend,
    make("div", { class: "chain-and-code" }, chain, code),
    nudge,
    make("h3", {}, "Every unit of this point"),
    unitsCard,
    every,
  );
  let subject = null;
  let path = null;
  let kind = "gradient"; // of the chosen line of the chain
  const showCards = () => {
    if (!every.open || !subject) return;
    const parts = { Forward: forwardLines, Back: backwardLines, Update: updateLines };
    cards.replaceChildren(...Object.entries(parts).map(([title, linesOf]) => xrayCard(title, linesOf(subject))));
  };
  const showCode = (line) => {
    code.replaceChildren(...codeOf(report, source, line));
    for (const text of code.querySelectorAll("pre")) text.scrollTop = text.querySelector("mark").offsetTop - text.offsetTop - 2 * rem();
  };
  every.addEventListener("toggle", showCards);
  const drawPicture = (width) => subject && picture.replaceChildren(pathPicture(subject, path, width));
  follow(["step", "point", "unit", "frame", "playing"], () => {
    if (state.playing && subject) return;
    const number = state.step === null ? source.after(state.frame) : Math.min(state.step, source.last);
    const moment = source.momentOf(number);
    const batch = source.inBatch(moment);
    const most = source.isAny ? source.points.n : Math.max(...batch) + 1;
    const i = state.point === null || state.point >= most ? batch[0] : state.point;
    subject = xraySubject(source, moment, source.pointOf(moment, i), state.unit);
    path = xrayPath(subject, state.unit);
    (listed ?? stepField).value = moment.number;
    ofStep.textContent = `${source.isAny ? `of ${wholeText(source.last)}, in epoch ${wholeText(moment.epoch)}; a` : "A"} batch of ${wholeText(moment.n)} ${moment.n === 1 ? "point" : "points"}`;
    following.hidden = state.step === null;
    wrongest.hidden = state.point === null;
    fillPoints(pointField, source, moment, batch, i);
    anyField.value = i + 1;
    ofPoint.textContent = pointText(subject, report, { isWrongest: i === batch[0], known: batch.length });
    drawPicture(picture.clientWidth);
    const which = state.unit ? `through unit ${unitName(state.unit)}` : "of the largest gradient";
    pathLegend.textContent = `The path ${which}. Upright: forward, the values and the path's weights. In colour and italics: back, the derivatives of the loss.`;
    const parts = chainOf(subject, path);
    const all = parts.flatMap(([, lines]) => lines);
    const chosen = () => all.find((line) => line.kind === kind) ?? all[0];
    const choose = (line) => {
      kind = line.kind;
      for (const button of chain.querySelectorAll("button")) button.setAttribute("aria-pressed", button.dataset.line === String(all.indexOf(line)));
      showCode(line);
    };
    chain.replaceChildren(...parts.flatMap(([title, lines]) => [make("h3", {}, title), make("ol", {}, ...lines.map((line) => make("li", {}, chainButton(line, all.indexOf(line), choose))))]));
    choose(chosen());
    nudge.textContent = nudgeText(source, subject, path);
    unitsCard.replaceChildren(...forwardLines(subject).filter(({ kind: of }) => ["sum", "activation", "dropout", "more"].includes(of)).map(xrayLine));
    showCards();
  });
  onWidth(picture, drawPicture);
}

const MOST_LISTED_POINTS = 100;

function fillPoints(field, source, moment, batch, i) {
  const shown = batch.slice(0, MOST_LISTED_POINTS);
  if (!shown.includes(i)) shown.push(i);
  const loss = (p) => shortText(source.probe.lossOf(moment.w, source.pointOf(moment, p)), 3);
  field.replaceChildren(...shown.map((p) => make("option", { value: p }, `${source.isAny ? "training point" : "point"} ${p + 1}, loss ${loss(p)}`)));
  field.value = i;
}

const MOST_SAID_INPUTS = 4;

function pointText({ pass, names, moment, isInBatch, task, classNames }, report, { isWrongest, known }) {
  const values = pass.inputs[0].slice(0, MOST_SAID_INPUTS).map((value, i) => `${names.input(0, i)} = ${shortText(value)}`);
  const more = pass.inputs[0].length - values.length;
  if (more) values.push(`… (${wholeText(more)} more)`);
  const target = task === "regression" ? `y = ${shortText(pass.y)}` : `y = ${pass.y}, ${classNames[pass.y]}`;
  const among = known < moment.n ? `the ${wholeText(known)} points that this page has of the ${wholeText(moment.n)} of the batch` : `the ${wholeText(moment.n)} points of the batch`;
  const where = isWrongest ? `, the largest of ${among}` : isInBatch ? "" : "; it is not in this batch";
  const computed = report.film || !report.trained ? "" : " All numbers are of the training in this page, in double precision.";
  return `The point ${values.join(", ")}; ${target}. Its loss is ${shortText(pass.loss)}${where}.${computed}`;
}

/** A line of the chain: choosing it shows the code that computes it. */
function chainButton(line, index, choose) {
  return make("button", { type: "button", class: "link-line code", "data-line": index, "aria-pressed": false, click: () => choose(line) }, ...lineParts(line));
}

function lineParts({ symbols, numbers, marks }) {
  return [make("span", { class: "symbols" }, symbols), make("span", { class: "numbers" }, ...(marks ? markedChange(numbers, marks) : [numbers]))];
}

/** The new value with the digits underlined that differ from the old one. */
function markedChange(numbers, [was, is]) {
  const end = numbers.lastIndexOf(` = ${is}`);
  if (was === is || end < 0) return [numbers];
  const from = d3.range(is.length).findIndex((i) => is[i] !== was[i]);
  const at = end + 3 + from;
  return [numbers.slice(0, at), make("u", {}, numbers.slice(at, end + 3 + is.length)), numbers.slice(end + 3 + is.length)];
}

function xrayLine(line) {
  return make("div", { class: "line code" }, ...lineParts(line));
}

function xrayCard(title, lines) {
  return make("article", { class: "card scrolls", tabindex: 0, "aria-label": title }, make("h3", {}, title), ...lines.map(xrayLine));
}

const MOST_NAMED = 12; // inputs before they are folded

/** What the symbols of the inputs are called in the data, and how they were prepared. */
function xrayInputs({ names, target, preparation, is_classification: isClassification }) {
  const symbol = (i) => (names.length === 1 ? "x" : `x${i + 1}`);
  const named = names.flatMap((name, i) => (name === symbol(i) ? [] : [`${symbol(i)} is ${name}`]));
  const ofTarget = !isClassification && target !== "y" ? [`y is ${target}`] : [];
  const scaled = preparation.mean
    ? `From each value of an input${isClassification ? "" : ", and of y,"} the mean of the training points is subtracted, and the rest divided by their standard deviation.` // prettier-ignore
    : "";
  const said = (parts) => make("p", { class: "legend" }, `${parts.length ? `${parts.join(", ")}. ` : ""}${scaled}`);
  if (!named.length && !ofTarget.length && !scaled) return [];
  if (named.length <= MOST_NAMED) return [said([...named, ...ofTarget])];
  return [
    said(ofTarget),
    make("details", {}, make("summary", {}, `What x1 to x${names.length} are`), make("p", { class: "legend" }, `${named.join(", ")}.`)),
  ];
}
