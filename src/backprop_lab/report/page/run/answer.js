// The network's predictions over the plane, or the curve of a regression; or the output of the selected unit.

const FLAT = 0.02;
const FEW_POINTS = 16;
const MOST_WRONG = 0.15; // above this share the crosses would hide the points

function startAnswer(report) {
  const container = byId("answer-picture");
  if (!container) return;
  byId("answer-legend").replaceChildren(...answerLegend(report));
  let drawn = null;
  const parts = () => {
    if (!report.is_line) return [buildField, updateField];
    return state.unit === null ? [buildFit, updateFit] : [buildUnitCurve, updateUnitCurve];
  };
  const render = () => {
    if (!drawn) return;
    parts()[1](drawn, report);
    drawn.pointing.say();
  };
  const rebuild = () => {
    if (!container.clientWidth) return;
    drawn = parts()[0](container, report);
    drawn.pointing = enablePointing(drawn, report);
    render();
  };
  onWidth(container, rebuild);
  follow(["theme", ...(report.is_line ? ["unit"] : [])], rebuild); // a unit's curve has its own axes
  follow(["frame", "unit", "switching"], render);
  if (byId("equation")) follow(["frame"], () => (byId("equation").textContent = equation(report, state.frame)));
}

/**
 * The distance of each prediction from the class boundary in a frame, row by row from the bottom; with several classes,
 * by how much the largest prediction is ahead of the second.
 */
function offsets(report, frame) {
  const largest = report.at["field/largest"](frame);
  return Float32Array.from(report.at.field(frame), (q) => (Math.sign(q) * q * q * largest) / (127 * 127));
}

/** The distance from the boundary with full colour: that of a prediction of 1. */
function fullColour(report) {
  return 1 - report.boundary;
}

/** Paint the network's predictions in a frame into a canvas: the field, or the curve and the points. */
function paintAnswer(canvas, report, frame) {
  if (!report.is_line) {
    const [, height, width] = report.arrays.field.shape;
    if (report.classes) {
      paintRegions(canvas, report.at["field/class"](frame), offsets(report, frame), height, width);
      return;
    }
    const shade = d3.scaleLinear([-fullColour(report), fullColour(report)], [-127, 127]).clamp(true);
    paint(
      canvas,
      Int8Array.from(offsets(report, frame), (offset) => Math.round(shade(offset))),
      height,
      width,
    );
    return;
  }
  const side = 80;
  canvas.width = canvas.height = side;
  const [x, y] = fitExtent(report).map((range, i) => d3.scaleLinear(range, i ? [side - 4, 4] : [4, side - 4]));
  const pen = canvas.getContext("2d");
  const isFew = report.points.train <= FEW_POINTS;
  const radius = isFew ? 5 : 1.5;
  pen.fillStyle = colour(isFew ? "--training" : "--muted");
  d3.range(report.points.train).forEach((i) => {
    pen.beginPath();
    pen.arc(x(report.at["points/x"](i, 0)), y(report.at["points/y"](i)), radius, 0, 7);
    pen.fill();
  });
  pen.strokeStyle = colour("--positive");
  pen.lineWidth = 5;
  pen.beginPath();
  curveAt(report, frame).forEach(([a, b]) => pen.lineTo(x(a), y(b)));
  pen.stroke();
}

// -- a plane ------------------------------------------------------------------------------------------------------------

function buildField(container, report) {
  const { low, high } = report.extent;
  const plane = planeIn(container, {
    width: container.clientWidth,
    isEqual: true,
    x: [low[0], high[0]],
    y: [low[1], high[1]],
    names: report.axes,
    label: "",
  });
  const count = report.points.train + report.points.val;
  const isFew = count <= FEW_POINTS;
  const radius = (isFew ? 0.42 : 0.15) * rem();
  const switching = plane.svg.appendChild(draw("path", { class: "switching", ...plane.clip }));
  const line = plane.svg.appendChild(draw("path", { class: "boundary", ...plane.clip }));
  const places = d3
    .range(count)
    .map((i) => [0, 1].map((axis) => [plane.x, plane.y][axis](report.at["points/x"](i, axis))));
  places.forEach(([x, y], i) => {
    const label = report.at["points/y"](i);
    const part = i < report.points.train ? "training" : "validation";
    plane.svg.append(
      draw("path", {
        d: classMark(label, radius),
        transform: `translate(${x},${y})`,
        class: `point class-${label % CLASS_COLOURS} ${part}`,
      }),
    );
  });
  const crosses = plane.svg.appendChild(draw("path", { class: "crosses" }));
  const labels = isFew
    ? places.map(([x, y]) =>
        plane.svg.appendChild(draw("text", { class: "point-label", x, y: y - radius - 0.55 * rem() })),
      )
    : [];
  const flat = plane.svg.appendChild(
    draw("text", { class: "flat", x: d3.mean(plane.x.range()), y: d3.mean(plane.y.range()), "text-anchor": "middle" }),
  );
  return { ...plane, switching, line, places, crosses, labels, flat, radius };
}

const [WRONG, UNDECIDED] = [1, 2]; // as in run/arrays.py

function updateField(drawn, report) {
  const frame = state.frame;
  const marks = [...report.at["points/wrong"](frame)];
  const [wrong, undecided] = [WRONG, UNDECIDED].map((mark) => marks.filter((each) => each === mark).length);
  const share = (wrong + undecided) / marks.length;
  const arm = drawn.radius * (drawn.labels.length || share > MOST_WRONG ? 1.25 : 2);
  const cross = ([x, y]) => `M${x - arm},${y - arm}l${2 * arm},${2 * arm}M${x - arm},${y + arm}l${2 * arm},${-2 * arm}`;
  const bar = ([x, y]) => `M${x - 1.4 * arm},${y}h${2.8 * arm}`;
  drawn.crosses.setAttribute(
    "d",
    drawn.places
      .map((place, i) => (marks[i] === WRONG ? cross(place) : marks[i] === UNDECIDED ? bar(place) : ""))
      .join(""),
  );
  drawn.labels.forEach((label, i) => {
    label.textContent = `${predictionText(report, report.at["points/answer"](frame, i))}, target ${report.at["points/y"](i)}`;
  });
  const shown = state.unit === null ? paintField(drawn, report, frame) : paintUnit(drawn, report, frame);
  drawn.svg.setAttribute(
    "aria-label",
    `${shown} ${wrong} of ${marks.length} shown points are misclassified${undecided ? `, ${undecided} undecided` : ""}.`,
  );
  const units = state.switching ? d3.range(report.layers[0].units) : [];
  drawn.switching.setAttribute("d", units.map((unit) => switchingPath(drawn, report, frame, unit)).join(""));
  const counted = byId("wrong-count");
  if (!counted) return;
  const said = undecided ? `; bars: undecided, within 10⁻⁶ of the boundary, ${wholeText(undecided)}` : "";
  counted.textContent = `${wholeText(wrong)} of ${wholeText(marks.length)} shown${said}`;
}

/** A prediction as text: a probability is never exactly 0 or 1. */
function answerText(report, value, digits = 3) {
  if (!report.is_probability) return numberText(value, digits);
  const least = 10 ** -digits;
  if (value >= 1 - least / 2) return `> ${(1 - least).toFixed(digits)}`;
  return value < least ? `< ${least.toFixed(digits)}` : value.toPrecision(digits);
}

/** A prediction as text; with several classes, the class that is predicted and its own. */
function predictionText(report, prediction, digits = 3) {
  if (!report.classes) return answerText(report, prediction, digits);
  const label = d3.maxIndex(prediction);
  return `${report.class_names[label]} (${answerText(report, prediction[label], digits)})`;
}

/** Paint the regions of several classes and the lines between them; returns a description. */
function paintClasses(drawn, report, frame) {
  const [, height, width] = report.arrays["field/class"].shape;
  const [labels, values] = [report.at["field/class"](frame), offsets(report, frame)];
  paintAnswer(drawn.canvas, report, frame);
  const met = [...new Set(labels)].sort(d3.ascending);
  const isFlat = met.length === 1;
  const lineOf = (label) =>
    levelLine(
      values.map((value, i) => (labels[i] === label ? value : -value)),
      height,
      width,
      0,
      drawn.x,
      drawn.y,
    );
  drawn.line.setAttribute("d", isFlat ? "" : met.map(lineOf).join(""));
  drawn.flat.textContent = isFlat ? `${report.class_names[met[0]]} everywhere` : "";
  entitle("Predictions of the network");
  return `Regions of ${met.map((label) => report.class_names[label]).join(", ")} over the plane.`;
}

/** Paint the predictions and the decision boundary; returns a description. */
function paintField(drawn, report, frame) {
  if (report.classes) return paintClasses(drawn, report, frame);
  const [, height, width] = report.arrays.field.shape;
  const values = offsets(report, frame);
  const [least, most] = d3.extent(values);
  paintAnswer(drawn.canvas, report, frame);
  const isFlat = most - least < 2 * FLAT * fullColour(report);
  drawn.line.setAttribute("d", isFlat ? "" : levelLine(values, height, width, 0, drawn.x, drawn.y));
  drawn.flat.textContent = isFlat ? `${answerText(report, report.boundary + d3.mean(values))} everywhere` : "";
  entitle("Predictions of the network", ...report.class_names);
  const [from, to] = [least, most].map((offset) => answerText(report, report.boundary + offset));
  return `${capitalized(report.prediction)} over the plane, from ${from} to ${to}.`;
}

/** Paint the selected unit's output over the plane and the line where it switches; returns a description. */
function paintUnit(drawn, report, frame) {
  const [layer, unit] = state.unit;
  const [, , height, width] = report.arrays[`unit/${layer}`].shape;
  const values = report.at[`unit/${layer}`](frame, unit);
  const [least, most] = report.at[`range/${layer}`](frame, unit);
  paint(drawn.canvas, values, height, width);
  drawn.line.setAttribute("d", unitLine(drawn, report, values, height, width));
  drawn.flat.textContent = most - least < 1e-6 ? `${numberText(most, 3)} everywhere` : "";
  const largest = report.at[`largest/${layer}`](unit);
  entitle(`Output of unit ${unitName(state.unit)}`, numberText(-largest, 3), numberText(largest, 3));
  return `Unit ${unitName(state.unit)} outputs values from ${numberText(least, 3)} to ${numberText(most, 3)}.`;
}

/** Set the title of the picture and the labels of its two colours; without these it shows the regions of classes. */
function entitle(title, low, high) {
  byId("answer-title").textContent = title;
  byId("answer-scale").hidden = low === undefined;
  const legend = byId("answer-regions");
  if (legend) legend.hidden = low !== undefined;
  if (low === undefined) return;
  byId("scale-low").textContent = low;
  byId("scale-high").textContent = high;
}

/** The line where a unit outputs the middle of its range, or where it leaves the flat part of its activation. */
function unitLine(drawn, report, roots, height, width) {
  const [layer, unit] = state.unit;
  if (layer === 0 && report.has_weights && !report.preparation.features) return switchingPath(drawn, report, state.frame, unit);
  const values = Float32Array.from(roots, (q) => Math.sign(q) * (q / 127) ** 2);
  const largest = report.at[`largest/${layer}`](unit);
  const { middle, above } = report.layers[layer];
  const level = middle / largest + above;
  const [least, most] = d3.extent(values);
  return least < level && most > level ? levelLine(values, height, width, level, drawn.x, drawn.y) : "";
}

/** The line where a unit of the first layer switches: w1 x1 + w2 x2 + b = 0. */
function switchingPath(drawn, report, frame, unit) {
  const [left, right] = drawn.x.domain();
  const [bottom, top] = drawn.y.domain();
  const own = [0, 1].map((input) => weightAt(report, frame, 0, unit, input));
  const { weights, bias: b } = inCoordinates(report.preparation, own, biasAt(report, frame, 0, unit) ?? 0);
  const [w1, w2] = weights;
  const isSteep = Math.abs(w1) > Math.abs(w2);
  const ends = isSteep
    ? [bottom, top].map((y) => [-(w2 * y + b) / w1, y])
    : [left, right].map((x) => [x, -(w1 * x + b) / w2]);
  if (!ends.flat().every(Number.isFinite)) return "";
  return `M${ends.map(([x, y]) => `${drawn.x(x)},${drawn.y(y)}`).join("L")}`;
}

// -- around the picture -------------------------------------------------------------------------------------------------

function answerLegend(report) {
  const { train, val, of_train: ofTrain, of_val: ofVal, same } = report.points;
  const part = (shown, all, name) =>
    shown < all ? `${shown} of ${wholeText(all)} ${name} points` : `${wholeText(all)} ${name} points`;
  const counts = same
    ? `${part(train, ofTrain, "training")}, also used for validation`
    : `${part(train, ofTrain, "training")}, ${part(val, ofVal, "validation")}`;
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
    ...(report.classes ? [classLegend(report)] : []),
    make(
      "p",
      {},
      `${report.classes ? "" : `Squares: ${report.class_names[0]}. Circles: ${report.class_names[1]}. `}${same ? "" : "Hollow: validation. "}Crosses: wrong, `,
      make("span", { id: "wrong-count" }),
      ` (${counts}).`,
    ),
  ];
  if (report.classes) {
    const what = report.is_probability ? "probability" : "margin";
    lines.push(make("p", {}, `The colour is that of the class with the largest ${what}, paler where a second one is close.`));
  } else if (!report.is_probability) {
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

/** Each class with its mark on its colour. */
function classLegend(report) {
  const entries = d3.range(report.classes).map((label) => {
    const place = label % CLASS_COLOURS;
    const mark = draw("path", { d: classMark(label, 0.3 * rem()), class: `point class-${place} training` });
    const box = draw("svg", { width: 1.4 * rem(), height: 1.4 * rem(), viewBox: `${-0.7 * rem()} ${-0.7 * rem()} ${1.4 * rem()} ${1.4 * rem()}`, "aria-hidden": "true" }, mark); // prettier-ignore
    box.style.background = `var(--region-${place})`;
    return make("span", {}, box, ` ${report.class_names[label]}`);
  });
  return make("div", { id: "answer-regions", class: "regions" }, ...entries);
}

function equationLine(report) {
  const hasOne = report.layers.length === 1 && report.layers[0].units === 1 && report.has_weights;
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
  if (!report.is_classification) return `y = ${sum}`;
  return report.is_probability ? `p = sigmoid(${sum})` : `${report.symbol} = ${sum}`;
}
