// The picture over a plane: predictions or the output of a unit as colours, and the points.

const FLAT = 0.02;
const MOST_WRONG = 0.15; // above this share the crosses would hide the points
const LABEL_WEIGHT = 600; // as in run.css
const UNDECIDED = 255; // as in report/run/confusion.py

function buildField(container, report) {
  const { low, high } = report.extent;
  const [across, up = ""] = report.axes;
  const plane = planeIn(container, {
    width: container.clientWidth,
    isEqual: up !== "",
    height: 20 * rem(),
    x: [low[0], high[0]],
    y: [low[1], high[1]],
    names: [across, up],
    label: "",
  });
  const isFew = report.points.known <= FEW_POINTS;
  const radius = (isFew ? 0.42 : 0.15) * rem();
  const switching = plane.svg.appendChild(draw("path", { class: "switching", ...plane.clip }));
  const ghost = plane.svg.appendChild(draw("path", { class: "ghost", ...plane.clip }));
  const line = plane.svg.appendChild(draw("path", { class: "boundary", ...plane.clip }));
  const contours = plane.svg.appendChild(draw("g", { class: "contours", ...plane.clip }));
  const places = placesOfPoints(report, plane);
  const count = report.points.train + report.points.val;
  const marks = d3.range(count).map((i) => pointMark(report, i, places[i], radius));
  plane.svg.append(draw("g", { class: "points" }, ...marks));
  const crosses = plane.svg.appendChild(draw("path", { class: "crosses" }));
  const chosen = plane.svg.appendChild(draw("g", { class: "chosen-points" }));
  const labels = isFew ? wordsAt(report, places, radius, plane) : [];
  const flat = plane.svg.appendChild(
    draw("text", { class: "flat", x: d3.mean(plane.x.range()), y: d3.mean(plane.y.range()), "text-anchor": "middle" }),
  );
  return { ...plane, switching, ghost, line, contours, count, places, marks, crosses, chosen, labels, flat, radius };
}

/** Where the drawn points are in the picture. */
function placesOfPoints(report, plane) {
  return d3.range(report.points.train + report.points.val).map((i) => placeOfPoint(report, plane, i));
}

function placeOfPoint(report, { x, y }, i) {
  return [x(report.at["points/x"](i, 0)), y(report.at["points/x"](i, 1))];
}

/** Move the marks to other points, if these fit into the picture that is there. */
function movePoints(drawn, report) {
  const { low, high } = report.extent;
  const isSame = [drawn.x, drawn.y].every((scale, axis) => scale.domain()[0] === low[axis] && scale.domain()[1] === high[axis]);
  const { train, val } = report.points;
  if (!isSame || train + val !== drawn.count || drawn.labels.length || report.values) return false;
  drawn.places = placesOfPoints(report, drawn);
  drawn.marks.forEach((mark, i) => {
    const { d, transform, class: kind } = classedMark(report, i, drawn.places[i], drawn.radius);
    mark.setAttribute("transform", transform);
    if (mark.getAttribute("class") === kind) return;
    mark.setAttribute("class", kind);
    mark.setAttribute("d", d);
  });
  return true;
}

/** The empty words of each point, where its longest ones of all frames have room. */
function wordsAt(report, places, radius, plane) {
  const frames = d3.range(report.frames.epoch.length);
  const widths = places.map((_, i) =>
    d3.max(frames, (frame) => textWidth(labelText(report, frame, i), PLANE_TEXT, LABEL_WEIGHT)),
  );
  return placesOfLabels(places, widths, radius, plane).map(
    (place) => place && plane.svg.appendChild(draw("text", { class: "point-label", ...place })),
  );
}

/** What is predicted for a point in a frame, and what is right. */
function labelText(report, frame, i) {
  const target = report.at["points/y"](i);
  const answer = predictionText(report, report.at["points/answer"](frame, i));
  return `${answer}, target ${report.is_classification ? target : numberText(target)}`;
}

/** The mark of a point: of its class, or with the colour of its value. */
function pointMark(report, i, [x, y], radius) {
  if (!report.values) return draw("path", classedMark(report, i, [x, y], radius));
  const y0 = report.at["points/y"](i);
  const d = classMark(i < report.points.train ? 1 : 3, radius * 1.3);
  const mark = draw("path", { d, transform: `translate(${x},${y})`, class: "point valued" });
  mark.style.fill = d3.rgb(...shadeOf(levelOf(report, y0)));
  return mark;
}

/** The attributes of the mark of a point of a class. */
function classedMark(report, i, [x, y], radius) {
  const y0 = report.at["points/y"](i);
  const part = i < report.points.train ? "training" : "validation";
  return { d: classMark(y0, radius), transform: `translate(${x},${y})`, class: `point class-${y0 % CLASS_COLOURS} ${part}` };
}

/** The class that is predicted for a point in a frame, or `UNDECIDED`. */
function labelOf(report, frame, i) {
  return report.at["points/label"](frame, i);
}

function updateField(drawn, report) {
  const frame = state.frame;
  const points = d3.range(drawn.count);
  const labelled = report.is_classification ? points.map((i) => labelOf(report, frame, i)) : [];
  const undecided = points.filter((i) => labelled[i] === UNDECIDED);
  const wrong = labelled.length
    ? points.filter((i) => labelled[i] !== UNDECIDED && labelled[i] !== report.at["points/y"](i))
    : [];
  const share = (wrong.length + undecided.length) / drawn.count;
  const arm = drawn.radius * (drawn.labels.length || share > MOST_WRONG ? 1.25 : 2);
  const cross = ([x, y]) => `M${x - arm},${y - arm}l${2 * arm},${2 * arm}M${x - arm},${y + arm}l${2 * arm},${-2 * arm}`;
  const bar = ([x, y]) => `M${x - 1.4 * arm},${y}h${2.8 * arm}`;
  const marks = [...wrong.map((i) => cross(drawn.places[i])), ...undecided.map((i) => bar(drawn.places[i]))];
  drawn.crosses.setAttribute("d", marks.join(""));
  drawn.labels.forEach((label, i) => label && (label.textContent = labelText(report, frame, i)));
  showChosen(drawn, report);
  drawGhost(drawn, report);
  const shown = state.unit === null ? paintField(drawn, report, frame) : paintUnit(drawn, report, frame);
  const errors = report.is_classification
    ? `${wrong.length} of ${drawn.count} shown points are misclassified${undecided.length ? `, ${undecided.length} undecided` : ""}.`
    : "";
  drawn.svg.setAttribute("aria-label", `${shown} ${errors}`.trim());
  const units = state.switching ? d3.range(report.layers[0].units) : [];
  drawn.switching.setAttribute("d", units.map((unit) => switchingPath(drawn, report, frame, unit)).join(""));
  const counted = byId("wrong-count");
  if (!counted) return;
  const said = undecided.length
    ? `; bars: undecided, within 10⁻⁶ of the boundary, ${wholeText(undecided.length)}`
    : "";
  counted.textContent = `${wholeText(wrong.length)} of ${wholeText(drawn.count)} shown${said}`;
}

/** The line of the recorded run at the recorded epoch that is nearest to the one that is shown. */
function drawGhost(drawn, { ghost, frames }) {
  const frame = ghost ? nearestFrame(ghost.report, frames.epoch[state.frame]) : null;
  if (frame === drawn.ghostFrame) return;
  drawn.ghostFrame = frame;
  drawn.ghost.setAttribute("d", ghost ? ghostLine(drawn, ghost.report, frame) : "");
}

/** Where the class changes in a frame of the recorded run. */
function ghostLine(drawn, recorded, frame) {
  if (recorded.values) return "";
  const [, height, width] = recorded.arrays.field.shape;
  const { low, high } = recorded.extent;
  const [x, y] = [drawn.x, drawn.y].map((scale, axis) => ({ range: () => [scale(low[axis]), scale(high[axis])] }));
  const values = offsets(recorded, frame);
  if (!recorded.classes) return levelLine(values, height, width, 0, x, y);
  const labels = recorded.at["field/class"](frame);
  const ofClass = (label) => values.map((value, i) => (labels[i] === label ? value : -value));
  return [...new Set(labels)].map((label) => levelLine(ofClass(label), height, width, 0, x, y)).join("");
}

/** The points of the cell that was chosen in the confusion matrix, over the others, which fade. */
function showChosen(drawn, report) {
  const points = state.cell && report.is_classification ? pointsOfCell(report, state.cell) : [];
  drawn.svg.classList.toggle("has-chosen", points.length > 0);
  drawn.chosen.replaceChildren(
    ...points.flatMap((i) => {
      const [cx, cy] = placeOfPoint(report, drawn, i);
      return [pointMark(report, i, [cx, cy], drawn.radius * 1.2), draw("circle", { class: "ring", cx, cy, r: drawn.radius * 2 })];
    }),
  );
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

// -- values ---------------------------------------------------------------------------------------------------------------

const CONTOURS = 6;

const END = 10_000; // as in report/run/encoding.py

/** The colour of a value: from -127 at the low end of the scale to 127 at the high end, and beyond them the same. */
function levelOf({ values: [low, high] }, value) {
  return Math.round(254 * Math.min(1, Math.max(0, (value - low) / (high - low || 1))) - 127);
}

/** The value of a number in the field. */
function valueOf({ values: [low, high] }, coded) {
  return low + ((coded / END + 1) / 2) * (high - low);
}

/** Paint the values over the plane, with a line at each round number; returns a description. */
function paintValues(drawn, report, frame) {
  const [, height, width] = report.arrays.field.shape;
  const levels = Float32Array.from(report.at.field(frame), (coded) => valueOf(report, coded));
  const [least, most] = d3.extent(levels);
  paintAnswer(drawn.canvas, report, frame);
  const contours = d3
    .ticks(...report.values, CONTOURS)
    .filter((tick) => tick > least && tick < most)
    .map((tick) => ({ text: tickText(tick), d: levelLine(levels, height, width, tick, drawn.x, drawn.y) }));
  drawn.line.setAttribute("d", "");
  drawn.contours.replaceChildren(
    ...contours.map(({ d }) => draw("path", { class: "contour", d })),
    ...contourLabels(contours, drawn, []),
  );
  drawn.flat.textContent = most - least <= 2 * FLAT * (report.values[1] - report.values[0]) ? `about ${numberText(d3.mean(levels), 3)} everywhere` : "";
  entitle("Predictions of the network", ...report.values.map((value) => numberText(value)));
  return `Predicted ${report.target} over the plane, from ${numberText(least, 3)} to ${numberText(most, 3)}.`;
}

// -- classes --------------------------------------------------------------------------------------------------------------

/** Paint the predictions and the decision boundary; returns a description. */
function paintField(drawn, report, frame) {
  if (report.values) return paintValues(drawn, report, frame);
  drawn.contours.replaceChildren();
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
  drawn.contours.replaceChildren();
  const [least, most] = report.at[`range/${layer}`](frame, unit);
  paint(drawn.canvas, values, height, width);
  drawn.line.setAttribute("d", unitLine(drawn, report, values, height, width));
  drawn.flat.textContent = most - least < 1e-6 ? `${numberText(most, 3)} everywhere` : "";
  const largest = report.at[`largest/${layer}`](unit);
  entitle(`Output of unit ${unitName(state.unit)}`, numberText(-largest, 3), numberText(largest, 3));
  return `Unit ${unitName(state.unit)} outputs values from ${numberText(least, 3)} to ${numberText(most, 3)}.`;
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

/** The line where a unit of the first layer switches: w1 x1 + w2 x2 + b = 0 in the coordinates of the picture. */
function switchingPath(drawn, report, frame, unit) {
  const [left, right] = drawn.x.domain();
  const [bottom, top] = drawn.y.domain();
  const own = report.names.map((_, input) => weightAt(report, frame, 0, unit, input));
  const { weights, bias: b } = inPicture(report, own, biasAt(report, frame, 0, unit) ?? 0);
  const [w1, w2] = weights;
  const isSteep = Math.abs(w1) > Math.abs(w2);
  const ends = isSteep
    ? [bottom, top].map((y) => [-(w2 * y + b) / w1, y])
    : [left, right].map((x) => [x, -(w1 * x + b) / w2]);
  if (!ends.flat().every(Number.isFinite)) return "";
  return `M${ends.map(([x, y]) => `${drawn.x(x)},${drawn.y(y)}`).join("L")}`;
}
