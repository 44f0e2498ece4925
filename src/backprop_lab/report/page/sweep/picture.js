// Small pictures of predictions: the mean of some jobs as colours, and the line of each.

const FEW_POINTS = 16;
const FLAT = 0.02; // a flatter field has no line: it would be a rounding artefact

/**
 * The shade minus one half, row by row from the bottom; with several classes that of the predicted one. The inverse of
 * `_coded` in report/sweep/pictures.py.
 */
function fieldOf(sweep, job) {
  const coded = reader(sweep.arrays.fields)(job.picture);
  return Float32Array.from(coded, (q) => (Math.sign(q) * (q / 127) ** 2) / 2);
}

/** The path where the values, at cell centres, cross 0, with y downwards; it extends to the border. */
function zeroLine(values, side) {
  const parts = [];
  const reach = (at) => (at === 0 ? -0.5 : at === side - 1 ? side - 0.5 : at);
  const place = (x, y) => `${(reach(x) + 0.5).toFixed(2)} ${(side - reach(y) - 0.5).toFixed(2)}`;
  for (let y = 0; y + 1 < side; y++) {
    for (let x = 0; x + 1 < side; x++) {
      const i = y * side + x;
      const [a, b, c, d] = [values[i], values[i + 1], values[i + side], values[i + side + 1]];
      if (a > 0 === b > 0 && a > 0 === c > 0 && a > 0 === d > 0) continue;
      const crossings = [];
      if (a > 0 !== b > 0) crossings.push(place(x + a / (a - b), y));
      if (b > 0 !== d > 0) crossings.push(place(x + 1, y + b / (b - d)));
      if (c > 0 !== d > 0) crossings.push(place(x + c / (c - d), y + 1));
      if (a > 0 !== c > 0) crossings.push(place(x, y + a / (a - c)));
      for (let k = 0; k + 1 < crossings.length; k += 2) parts.push(`M${crossings[k]}L${crossings[k + 1]}`);
    }
  }
  return parts.join("");
}

/**
 * A picture of the predictions of some jobs over one plane. `points` also draws the training points. The lines are drawn
 * when the browser is idle: a thousand of them take longer than everything else on the page.
 */
function pictureOf(sweep, plane, jobs, { points = false } = {}) {
  const drawn = jobs.filter((job) => job.picture !== null);
  const picture = make("div", { class: "plane", "aria-hidden": "true" });
  if (plane === null || drawn.length === 0) {
    picture.classList.add("empty");
    return picture;
  }
  if (plane.is_line) picture.append(linePicture(sweep, plane, drawn));
  else fieldPicture(picture, sweep, plane, drawn, points);
  return picture;
}

function fieldPicture(picture, sweep, plane, jobs, points) {
  const side = sweep.arrays.fields.shape[1];
  const ratio = 1 / proportionOf(plane.high[0] - plane.low[0], plane.high[1] - plane.low[1]);
  picture.style.aspectRatio = `${ratio}`;
  const fields = jobs.map((job) => fieldOf(sweep, job));
  const canvas = make("canvas", {});
  const labels = plane.classes ? jobs.map((job) => reader(sweep.arrays.classes)(job.picture)) : null;
  if (labels) paintMeanOfClasses(canvas, labels, fields, side);
  else {
    const mean = Int8Array.from(fields[0], (_, i) => Math.round(254 * d3.mean(fields, (field) => field[i])));
    paint(canvas, mean, side, side);
  }
  const lines = draw("path", { class: "seeds", "stroke-opacity": jobs.length > 1 ? Math.max(0.25, 1 / Math.sqrt(jobs.length)) : 1 });
  const svg = draw("svg", { viewBox: `0 0 ${side} ${side}`, preserveAspectRatio: "none" }, lines);
  picture.append(canvas, svg);
  whenIdle(() => {
    if (plane.values) return; // no boundary
    const paths = labels
      ? fields.flatMap((field, i) => linesOfClasses(labels[i], field, side))
      : fields.filter((field) => d3.max(field) - d3.min(field) >= FLAT).map((field) => zeroLine(field, side));
    lines.setAttribute("d", paths.join(""));
  });
  if (points) picture.append(fieldPoints(plane, ratio));
}

/** The class that most jobs predict at each place, the paler the fewer they are and the less clearly they do. */
function paintMeanOfClasses(canvas, labels, fields, side) {
  const chosen = new Uint8Array(side * side);
  const strengths = Float32Array.from(chosen, (_, i) => {
    const votes = new Map();
    labels.forEach((of, k) => votes.set(of[i], (votes.get(of[i]) ?? 0) + 2 * fields[k][i]));
    const [label, total] = d3.greatest(votes, ([, sum]) => sum);
    chosen[i] = label;
    return total / labels.length;
  });
  paintRegions(canvas, chosen, strengths, side, side);
}

/** The lines between the regions of one job. */
function linesOfClasses(labels, field, side) {
  const met = [...new Set(labels)];
  if (met.length === 1) return [];
  return met.map((label) => zeroLine(field.map((value, i) => (labels[i] === label ? value : -value)), side));
}

/** Each class with its mark, in coordinates with equal scales. */
function fieldPoints(plane, ratio) {
  const [wide, tall] = [100 * ratio, 100];
  const size = plane.x.length <= FEW_POINTS ? 2.2 : 0.8;
  const marks = plane.x.map(([x1, x2], i) => {
    const x = ((x1 - plane.low[0]) / (plane.high[0] - plane.low[0])) * wide;
    const y = tall - ((x2 - plane.low[1]) / (plane.high[1] - plane.low[1])) * tall;
    const label = plane.y[i];
    const place = { transform: `translate(${x},${y})` };
    if (!plane.values)
      return draw("path", { d: classMark(label, size * 0.9), class: `mark class-${label % CLASS_COLOURS}`, ...place });
    const [low, high] = plane.values;
    const mark = draw("path", { d: classMark(1, size), class: "mark valued", ...place });
    mark.style.fill = d3.rgb(...shadeOf(Math.round(254 * ((label - low) / (high - low || 1) - 0.5))));
    return mark;
  });
  return draw("svg", { viewBox: `0 0 ${wide} ${tall}`, class: "points" }, ...marks);
}

/** A regression: every job's line, and the training points. */
function linePicture(sweep, plane, jobs) {
  const [low, high] = d3.extent(plane.y);
  const margin = 0.3 * (high - low || 1);
  const across = d3.scaleLinear([plane.low[0], plane.high[0]], [0, 100]);
  const up = d3.scaleLinear([low - margin, high + margin], [100, 0]).clamp(true);
  const line = d3.line((_, i) => (i / (sweep.arrays.lines.shape[1] - 1)) * 100, (value) => up(value));
  const paths = jobs.map((job) => draw("path", { class: "line", d: line(reader(sweep.arrays.lines)(job.picture)) }));
  const size = plane.x.length <= FEW_POINTS ? 2.5 : 1;
  const points = plane.x.map(([x], i) => draw("circle", { class: "point", cx: across(x), cy: up(plane.y[i]), r: size }));
  return draw("svg", { viewBox: "0 0 100 100", class: "regression" }, ...paths, ...points);
}

const waiting = [];

/** Do some work later, in pieces that keep the page responsive. */
function whenIdle(work) {
  if (waiting.push(work) === 1) setTimeout(() => workOff());
}

/** Do all that waits now. */
function drawAtOnce() {
  workOff(Infinity);
}

function workOff(milliseconds = 30) {
  const until = performance.now() + milliseconds;
  while (waiting.length && performance.now() < until) {
    try {
      waiting[0]();
    } catch (error) {
      console.error(error); // the others are drawn
    }
    waiting.shift();
  }
  if (waiting.length) setTimeout(() => workOff());
  else document.documentElement.dataset.drawn = "";
}
