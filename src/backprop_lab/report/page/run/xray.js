// One step in numbers: forward pass, local derivatives, products back, update.

function startXray(report) {
  const container = byId("xray-content");
  container.replaceChildren();
  const { steps, symbols, difference } = report.xray;
  if (!steps.length) {
    container.append(make("p", {}, report.xray.reason));
    return;
  }
  const chooser = (id, label, options, choose) =>
    make(
      "label",
      {},
      `${label} `,
      make("select", { id, change: (event) => choose(Number(event.target.value)) }, ...options),
    );
  const option = (text, value) => make("option", { value }, text);
  const stepOptions = steps.map((step, i) =>
    option(`${wholeText(step.step)}, first of epoch ${wholeText(step.epoch)}`, i),
  );
  const points = chooser("xray-point", "Point", [], (point) => change({ point }));
  // The film follows, to the frame from which the step was computed.
  const chooseStep = (step) => change({ step, frame: steps[step].frame, playing: false });
  const cards = make("div", { class: "cards" });
  const graph = make("div", {
    class: "graph scrolls",
    tabindex: 0,
    role: "region",
    "aria-label": "Computation graph",
    hidden: true,
  });
  container.append(
    make("div", { class: "choosers" }, chooser("xray-step", "Step", stepOptions, chooseStep), points),
    ...xrayInputs(report),
    make("p", { class: "legend", id: "xray-filter" }),
    cards,
    graph,
    make(
      "p",
      { class: "legend" },
      `Checked against torch when this page was made: largest difference ${numberText(difference)}.`,
    ),
  );
  let shownStep = null;
  follow(["step", "point", "unit"], () => {
    const step = steps[Math.min(state.step, steps.length - 1)];
    const at = Math.min(state.point, step.points.length - 1);
    if (step !== shownStep)
      byId("xray-point").replaceChildren(...step.points.map((point, i) => option(point.title, i)));
    shownStep = step;
    byId("xray-step").value = Math.min(state.step, steps.length - 1);
    byId("xray-point").value = at;
    const filter = state.unit && unitName(state.unit);
    byId("xray-filter").textContent = filter ? `Lines of unit ${filter} and of the whole network. Press Esc to show all.` : "";
    cards.replaceChildren(...step.points[at].cards.map((card) => xrayCard(card, symbols, filter)));
    showGraph(graph, step.points[at].graph ?? step.graph);
  });
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

/** The lines of a card: [index into `symbols`, numbers], where `symbols` has [unit, symbols]. */
function xrayCard({ title, lines }, symbols, filter) {
  const shown = lines.filter(([index]) => !filter || !symbols[index][0] || symbols[index][0] === filter);
  const line = ([index, numbers]) =>
    make(
      "div",
      { class: "line code" },
      make("div", { class: "symbols" }, symbols[index][1]),
      make("div", { class: "numbers" }, numbers),
    );
  return make(
    "article",
    { class: "card scrolls", tabindex: 0, "aria-label": title },
    make("h3", {}, title),
    ...shown.map(line),
  );
}

/** The computation graph as an image, whose content can neither run scripts nor be styled by the page. */
function showGraph(place, svg) {
  place.hidden = !svg;
  place.replaceChildren();
  if (svg)
    place.append(
      make("img", {
        alt: "Each operation of the step with its value and gradient",
        src: `data:image/svg+xml,${encodeURIComponent(svg)}`,
      }),
    );
}
