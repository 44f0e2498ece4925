// What the picture of the predictions means.

/** How many points are drawn, and of how many. */
function pointCounts({ points: { train, val, of_train: ofTrain, of_val: ofVal, same } }) {
  const part = (shown, all, name) =>
    shown < all ? `${shown} of ${wholeText(all)} ${name} points` : `${wholeText(all)} ${name} points`;
  return same
    ? `${part(train, ofTrain, "training")}, also used for validation`
    : `${part(train, ofTrain, "training")}, ${part(val, ofVal, "validation")}`;
}

function answerLegend(report) {
  const { same } = report.points;
  const counts = pointCounts(report);
  if (report.is_line) {
    const points = `${counts}${same ? "" : " (hollow)"}.`;
    const legend = make("p", {});
    follow(["unit"], () => {
      legend.textContent =
        state.unit === null
          ? `${points} Blue: the network now; grey: earlier; vertical lines: the error.`
          : "Blue: the unit's output, scaled to its largest value in the run; grey: 0.";
    });
    return [...equationLine(report), legend];
  }
  const lines = [
    ...equationLine(report),
    make(
      "div",
      { class: "scale", id: "answer-scale" },
      make("span", { id: "scale-low" }, report.class_names[0]),
      make("span", { class: "ramp", role: "img", "aria-label": "from orange to blue" }),
      make("span", { id: "scale-high" }, report.class_names[1]),
    ),
    ...(report.classes ? [classLegend(report.class_names, { id: "answer-regions" })] : []),
    report.values
      ? make("p", {}, `Colour and lines: ${report.target}; beyond the ends of the scale it stays the same. Circles: training.${same ? "" : " Diamonds: validation."} (${counts}.)`)
      : make(
      "p",
      {},
      `${report.classes ? "" : `Squares: ${report.class_names[0]}. Circles: ${report.class_names[1]}. `}${same ? "" : "Hollow: validation. "}Crosses: wrong, `,
      make("span", { id: "wrong-count" }),
      ` (${counts}).`,
    ),
  ];
  if (report.classes) {
    const what = report.is_probability ? "probability" : "margin";
    const again = report.classes > CLASS_COLOURS ? ` Behind the first ${CLASS_COLOURS} classes, colours and marks begin again.` : ""; // prettier-ignore
    lines.push(make("p", {}, `The colour is that of the class with the largest ${what}, paler where a second one is close.${again}`)); // prettier-ignore
  } else if (report.is_classification && !report.is_probability) {
    const said = `A ${report.prediction} is not a probability: its sign is the class, and the colours end at −1 and 1.`;
    lines.push(make("p", { id: "no-probability" }, said));
  }
  const first = report.layers[0];
  if (report.layers.length > 1 && first.units <= 16 && report.has_weights && !report.preparation.features) {
    const box = make("input", { type: "checkbox", id: "switching", change: () => change({ switching: box.checked }) });
    lines.push(make("label", { class: "switch" }, make("span", {}, box, " lines where the units of layer 1 switch")));
  }
  return lines;
}

const MOST_TERMS = 10;

function equationLine(report) {
  const hasOne = report.layers.length === 1 && report.layers[0].units === 1 && report.has_weights;
  if (report.names.length > MOST_TERMS) return [];
  return hasOne ? [make("p", { id: "equation", class: "equation" })] : [];
}

/** The equation of a network without hidden units, such as y = 2.000·x + 0.5000. */
function equation(report, frame) {
  const own = report.names.map((_, input) => weightAt(report, frame, 0, 0, input));
  const hasBias = biasAt(report, frame, 0, 0) !== null;
  const { preparation } = report;
  const { weights, bias } = inCoordinates(preparation, own, biasAt(report, frame, 0, 0) ?? 0);
  const { one, zero } = report.units;
  const terms = report.names.map((name, input) => [weights[input] * one, `·${name}`]);
  if (hasBias || preparation.mean) terms.push([bias * one + zero, ""]);
  const sign = (value, i) => (i === 0 ? (value < 0 ? "−" : "") : value < 0 ? " − " : " + ");
  const sum = terms.map(([value, name], i) => `${sign(value, i)}${numberText(Math.abs(value))}${name}`).join("");
  if (!report.is_classification) return `${report.target} = ${sum}`;
  return report.is_probability ? `p = sigmoid(${sum})` : `${report.symbol} = ${sum}`;
}
