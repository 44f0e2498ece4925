// The network's predictions over a plane or along a line; or the output of the selected unit.

const FEW_POINTS = 16;

function startAnswer(report) {
  const container = byId("answer-picture");
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
  let width = 0; // that it was built for
  const rebuild = () => {
    width = container.clientWidth;
    if (!width) return;
    const hasFocus = container.contains(document.activeElement);
    drawn = parts()[0](container, report);
    drawn.pointing = enablePointing(drawn, report);
    editPoints(drawn, report);
    if (hasFocus) drawn.svg.focus();
    render();
  };
  onWidth(container, (now) => now !== width && rebuild());
  follow(["theme", ...(report.is_line ? ["unit"] : [])], rebuild); // the curve of a unit has its own axes
  follow(["points"], () => drawn && (report.is_line || !movePoints(drawn, report)) && rebuild());
  follow(["film", "frame", "unit", "switching", "cell"], render);
}

/** What the picture means. */
function startLegend(report) {
  byId("answer-legend").replaceChildren(...answerLegend(report));
  if (byId("equation")) follow(["film", "frame"], () => (byId("equation").textContent = equation(report, state.frame)));
}

/**
 * The distance of each prediction from the class boundary in a frame, row by row from the bottom; with several classes,
 * by how much the largest prediction is ahead of the second.
 */
function offsets(report, frame) {
  if (report.film) return report.film.pictures(frame).offsets;
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
    if (report.values) {
      const shade = (coded) => Math.round(127 * Math.min(1, Math.max(-1, coded / END)));
      paint(canvas, Int8Array.from(report.at.field(frame), shade), height, width);
      return;
    }
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
