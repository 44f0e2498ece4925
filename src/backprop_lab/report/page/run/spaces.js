// How the layers bend the plane: its straight lines and the points in the space of each hidden layer, as the film goes.

const [LINES_OF_PLANE, SAMPLES_OF_LINE, SPACE_FRAMES, SPACE_HEIGHT] = [13, 25, 6, 16];
const STRONGEST_AXES = "strongest";

function startSpaces(report) {
  const section = byId("spaces");
  const hidden = report.layers.slice(0, -1);
  const { formulas } = report.live;
  const isKnown = hidden.every(({ activation }) => formulas.activation[activation].value !== null);
  if (!section) return; // not layers in a row
  section.hidden = !hidden.length || !report.has_weights || !isKnown;
  if (section.hidden) return;
  const shown = hidden.slice(0, report.most_layers);
  const places = weightPlaces(report.layers);
  const layers = report.layers.map((layer, i) => ({ ...layer, at: places[i].weight, dropout: 0 }));
  const network = new Network(layers, formulas, 1024);
  const weights = (frame) => Float64Array.from(report.at.weights(frame));
  const grid = linesOver(report.extent, LINES_OF_PLANE, SAMPLES_OF_LINE);
  const asPoints = (rows) => ({ x: Float64Array.from(rows.flat()), n: rows.length, inputs: layers[0].inputs });
  const ofGrid = asPoints(grid.places.map((place) => inputsAt(report, place)));
  const listed = listedPoints(report);
  const ofPoints = asPoints(listed.map(({ inputs }) => inputs));
  const outputsAt = (frame) => ({ grid: hiddenOutputs(network, weights(frame), ofGrid), points: hiddenOutputs(network, weights(frame), ofPoints) });
  const last = report.frames.epoch.length - 1;
  const frames = [...new Set(d3.range(SPACE_FRAMES).map((k) => Math.round((k * last) / (SPACE_FRAMES - 1))))];
  const known = new Map(frames.map((frame) => [frame, outputsAt(frame)]));
  const spaces = shown.map((layer, at) => spacePicture({ report, layer, at, isLast: at === hidden.length - 1, known, last, grid, listed }));
  byId("spaces-pictures").replaceChildren(...spaces.map(({ element }) => element));
  let isVisible = false;
  const drawAll = () => {
    if (!isVisible) return;
    const outputs = known.get(state.frame) ?? outputsAt(state.frame);
    spaces.forEach(({ update }) => update(outputs));
  };
  const observer = new IntersectionObserver((entries) => {
    isVisible = entries.at(-1).isIntersecting || document.documentElement.classList.contains("printing");
    drawAll();
  });
  observer.observe(section);
  atEnd(() => observer.disconnect());
  follow(["frame", "theme"], () => {
    isVisible ||= document.documentElement.classList.contains("printing");
    drawAll();
  });
  spaces.forEach(({ onChange }) => onChange(drawAll));
}

/** The points whose inputs the page has, as the network gets them, with their targets. */
function listedPoints(report) {
  const { points, view, at, arrays } = report;
  if (!view) {
    const place = (i) => report.axes.map((_, axis) => at["points/x"](i, axis));
    return d3.range(points.train).map((i) => ({ inputs: inputsAt(report, place(i)), y: at["points/y"](i) }));
  }
  const count = Math.min(arrays["points/given"]?.shape[0] ?? 0, points.known);
  const first = points.same ? 0 : points.train;
  return d3.range(count).map((i) => ({ inputs: inputsOf(report.preparation, Array.from(at["points/given"](i))), y: at["points/y"](first + i) }));
}

/** A picture of one layer: {element, update(outputs), onChange(listener)}. */
function spacePicture({ report, layer, at, isLast, known, last, grid, listed }) {
  const title = `Layer ${at + 1}`;
  const names = d3.range(layer.units).map((unit) => `h${unitName([at, unit])}`);
  const choosers = [0, 1].map((axis) =>
    make(
      "select",
      { "aria-label": `${title}, ${axis ? "upward" : "across"}` },
      make("option", { value: STRONGEST_AXES }, `direction ${axis + 1}`),
      ...names.map((name, unit) => make("option", { value: unit }, name)),
    ),
  );
  const plane = make("div", { class: "picture-frame", id: `space-${at}` });
  const said = make("p", { class: "legend" });
  const chosen = make("p", { class: "choosers" }, make("label", {}, "Across ", choosers[0]), make("label", {}, "Up ", choosers[1]));
  const element = make("div", { class: "one-chart" }, make("h3", {}, title), ...(layer.units > 1 ? [chosen] : []), plane, said);
  let axes = null;
  let drawn = null;
  let shown = null;
  let redraw = () => {};
  const chooseAxes = () => {
    const strongest = strongestAxes(known.get(last).points[at]);
    const units = choosers.map(({ value }) => (value === STRONGEST_AXES ? null : Number(value)));
    const ofUnits = axesOfUnits(layer.units, units.map((unit) => unit ?? -1));
    axes = {
      mean: strongest.mean,
      axes: units.map((unit, i) => (unit === null ? strongest.axes[i] : ofUnits.axes[i])),
      share: units.every((unit) => unit === null) ? strongest.share : null,
    };
    if (units.every((unit) => unit !== null)) axes.mean = ofUnits.mean;
    said.textContent = axes.share === null || layer.units <= 2 ? "" : `The two strongest directions of the points at the end of the training; they hold ${Math.round(100 * axes.share)} % of the variance there.`;
  };
  const build = (width) => {
    const everything = [...known.values()].flatMap((outputs) => [alongAxes(outputs.grid[at], axes), alongAxes(outputs.points[at], axes)]);
    const [x, y] = [0, 1].map((axis) => {
      const [low, high] = d3.extent(everything.flatMap((both) => Array.from(both[axis])).filter(Number.isFinite));
      const margin = 0.04 * (high - low) || 0.5;
      return [(low ?? 0) - margin, (high ?? 0) + margin];
    });
    const texts = choosers.map((chooser, axis) => (chooser.value === STRONGEST_AXES ? `direction ${axis + 1}` : names[chooser.value]));
    drawn = planeIn(plane, { width, height: SPACE_HEIGHT * rem(), isEqual: false, x, y, names: texts, label: `${title}: the lines of the plane and the points, as its outputs` });
    if (shown) update(shown);
  };
  const update = (outputs) => {
    shown = outputs;
    if (!drawn) return;
    const boundary = isLast && layer.units <= 2 && !report.classes && report.is_classification;
    paintSpace(drawn, { grid: alongAxes(outputs.grid[at], axes), points: alongAxes(outputs.points[at], axes), lines: grid.lines, listed, report });
    drawn.svg.querySelector(".boundary")?.remove();
    if (boundary) drawn.svg.append(boundaryIn(drawn, straightBoundaryOf(report, at, axes)));
  };
  chooseAxes();
  onWidth(plane, build);
  for (const chooser of choosers)
    chooser.addEventListener("change", () => {
      chooseAxes();
      build(plane.clientWidth);
      redraw();
    });
  return { element, update, onChange: (listener) => (redraw = listener) };
}

function straightBoundaryOf(report, at, axes) {
  const weights = d3.range(report.layers[at].units).map((unit) => weightAt(report, state.frame, at + 1, 0, unit));
  return straightBoundary(weights, biasAt(report, state.frame, at + 1, 0) ?? 0, axes);
}

/** The line a x + b y + c = 0 within a plane. */
function boundaryIn({ x, y, clip }, { a, b, c }) {
  const [left, right] = x.domain();
  const [low, high] = y.domain();
  const ends = Math.abs(a) * (right - left) < Math.abs(b) * (high - low) ? [left, right].map((at) => [at, -(a * at + c) / b]) : [low, high].map((at) => [-(b * at + c) / a, at]);
  const [[x1, y1], [x2, y2]] = ends.map(([at, up]) => [x(at), y(up)]);
  const isFinite = [x1, y1, x2, y2].every(Number.isFinite);
  return draw("line", { class: "boundary", ...(isFinite && { x1, y1, x2, y2 }), ...clip });
}

function paintSpace({ canvas, x, y }, { grid, points, lines, listed, report }) {
  const scale = Math.min(2, globalThis.devicePixelRatio || 1);
  const [left, top] = [x.range()[0], y.range()[1]];
  canvas.width = Math.round((x.range()[1] - left) * scale);
  canvas.height = Math.round((y.range()[0] - top) * scale);
  const pen = canvas.getContext("2d");
  const at = ([across, up], i) => [(x(across[i]) - left) * scale, (y(up[i]) - top) * scale];
  pen.strokeStyle = colour("--muted").formatHex();
  pen.globalAlpha = 0.6;
  pen.lineWidth = scale;
  for (const line of lines) {
    pen.beginPath();
    for (const i of line) pen.lineTo(...at(grid, i));
    pen.stroke();
  }
  pen.globalAlpha = 1;
  const colours = report.is_classification ? d3.range(CLASS_COLOURS).map((label) => colour(`--class-${label}`).formatHex()) : null;
  const [low, high] = report.values ?? [0, 1];
  listed.forEach(({ y: target }, i) => {
    const [across, up] = at(points, i);
    const label = target % CLASS_COLOURS;
    pen.fillStyle = colours ? colours[label] : d3.rgb(...shadeOf(Math.round(127 * ((2 * (target - low)) / (high - low || 1) - 1)))).formatHex();
    pen.save();
    pen.translate(across, up);
    const mark = new Path2D(classMark(colours ? label : 1, 0.17 * rem() * scale));
    pen.fill(mark);
    pen.restore();
  });
}
