// Texts and tables about a unit or a weight.

const IDLE = ["", "off", "always on", "saturated"];

/** A unit's badge: its idle state, or the number of identical units. */
function badgeText(report, [layer, unit], idle) {
  const twins = report.at[`twins/${layer}`](state.frame, unit);
  return idle || (twins > 1 ? `twin of ${twins}` : "");
}

function outputName(report, unit) {
  return report.classes ? `the output of ${report.class_names[unit]}` : "the output";
}

function linkText(report, { layer, unit, input }) {
  const from = layer === 0 ? (report.names[input] ?? `x${input + 1}`) : `unit ${unitName([layer - 1, input])}`;
  const isLast = layer === report.layers.length - 1;
  const to = isLast ? outputName(report, unit) : `unit ${unitName([layer, unit])}`;
  const [weight, gradient] = ["weights", "gradients"].map((of) =>
    numberText(weightAt(report, state.frame, layer, unit, input, of)),
  );
  return `from ${from} to ${to}\nweight ${weight}\ngradient ${gradient}`;
}

function unitText(report, [layer, unit]) {
  const frame = state.frame;
  const active = report.at[`active/${layer}`](frame, unit);
  const idle = badgeText(report, [layer, unit], IDLE[report.at[`idle/${layer}`](frame, unit)]);
  const bias = report.has_weights ? biasAt(report, frame, layer, unit) : null;
  const said = [`unit ${unitName([layer, unit])}`];
  if (idle) said.push(idle);
  said.push(`active on ${Math.round(100 * active)} % of the shown training points`);
  if (bias !== null) said.push(`bias ${numberText(bias)}`);
  said.push(
    `outputs ${[...report.at[`range/${layer}`](frame, unit)].map((value) => numberText(value, 3)).join(" to ")}${report.view ? " on the slice" : ""}`,
  );
  return said.join("\n");
}

/** `largest` and `longest` are the sizes of the widest line and of the longest bar; without bars the latter is 0. */
function networkLegend(report, { largest, links, longest }) {
  const isGradient = state.view === "gradients";
  const what = isGradient ? "gradient" : "weight";
  const lines = [];
  if (!report.has_weights) lines.push(`${wholeText(report.parameters)} weights are too many to draw individually.`);
  else {
    const zero = links.some(({ value }) => value === 0) ? " Grey, dotted: exactly 0." : "";
    const bar = longest
      ? ` Bar below a unit: its bias${isGradient ? "'s gradient" : ""}; the longest of all is ${numberText(longest)}.`
      : "";
    lines.push(
      `Blue, solid: ${what} above 0. Orange, dashed: below 0.${zero} Widest: ${numberText(largest)}, the largest ${isGradient ? "of this frame" : "of the run"}.${bar}`,
    );
    if (linksAreChosen(report))
      lines.push(
        `Of layers with more than ${SINGLE_COLUMN} units, only lines of unit ${unitName(spokesman(report))}, which has a frame, are drawn, at most the ${STRONGEST} strongest on each side.`,
      );
  }
  const outputs = report.classes ? "each output" : "the output";
  if (report.layers.length === 1) lines.push(`No hidden units: ${outputs} is a weighted sum of the inputs.`);
  else
    lines.push(
      `Unit 1.2 is the second of layer 1. Pictures: a unit's output over the ${report.view ? "slice that is shown beside it" : "range of the points"}, each on its own scale${report.is_line ? "" : " (root)"}. Click one to enlarge it.`,
    );
  if (report.layers.length - 1 > report.most_layers)
    lines.push(`The first ${report.most_layers} of ${report.layers.length - 1} hidden layers are drawn.`);
  return lines.map((line) => make("p", {}, line));
}

/** All numbers of the selected unit as a table. */
function unitCard(report) {
  if (state.unit === null) return [];
  const [layer, unit] = state.unit;
  const frame = state.frame;
  const [first, ...rest] = unitText(report, state.unit).split("\n");
  const row = (name, place) => {
    const weight = report.pull ? weightField(report, place, name) : numberText(report.at.weights(frame, place));
    return make("tr", {}, make("td", {}, name), make("td", {}, weight), make("td", {}, numberText(report.at.gradients(frame, place))));
  };
  const rows = [];
  if (report.has_weights) {
    const { inputs, bias } = report.layers[layer];
    for (let input = 0; input < inputs; input++) {
      const name = layer === 0 ? (report.names[input] ?? `x${input + 1}`) : `unit ${unitName([layer - 1, input])}`;
      rows.push(row(`from ${name}`, report.places[layer].weight + unit * inputs + input));
    }
    if (bias) rows.push(row("bias", report.places[layer].bias + unit));
    const isLast = layer + 1 === report.layers.length - 1;
    const behind = report.layers[layer + 1];
    for (let next = 0; next < behind.units; next++) {
      const name = isLast ? outputName(report, next) : `unit ${unitName([layer + 1, next])}`;
      rows.push(row(`to ${name}`, report.places[layer + 1].weight + next * behind.inputs + unit));
    }
  }
  return [
    make("h3", {}, first, " ", make("button", { type: "button", click: () => change({ unit: null }) }, "Back")),
    make("p", {}, rest.join(" · ")),
    make(
      "div",
      { class: "scrolls", tabindex: 0, role: "region", "aria-label": `Weights of ${first}` },
      make(
        "table",
        {},
        make(
          "thead",
          {},
          make("tr", {}, ...["", "weight", "gradient"].map((name) => make("th", { scope: "col" }, name))),
        ),
        make("tbody", {}, ...rows),
      ),
    ),
  ];
}
