// The loss around the path of the weights, with the path on it.

function startLandscape(report) {
  const container = byId("landscape-picture");
  const { kind, path, exact } = report.landscape;
  const drawn = { ...report }; // another training has another landscape, which is there when it has ended
  byId("landscape-curve").replaceChildren();
  byId("landscape").querySelector(".reading").hidden = false;
  const isStill = path.every(([a, b]) => a === path[0][0] && b === path[0][1]);
  if (isStill && !exact) {
    const why = path.length === 1 ? "Only one epoch was recorded" : "The weights were the same at every recorded epoch";
    container.replaceChildren();
    byId("landscape-scale").replaceChildren();
    byId("landscape").querySelector(".reading").hidden = true;
    byId("landscape-legend").textContent = `${why}: there is no path to draw.`;
    return;
  }
  let dot = null;
  const place = () => {
    if (!dot || !path[state.frame]) return; // another training has more frames until its path is drawn
    const [a, b] = path[state.frame];
    dot.element.setAttribute("cx", dot.x(a));
    dot.element.setAttribute("cy", dot.y(b));
  };
  const build = () => {
    const width = container.clientWidth;
    if (!width) return;
    dot = kind === "curve" ? lossCurve(container, drawn, width) : lossPlane(container, drawn, width);
    place();
  };
  onWidth(container, build);
  follow(["theme"], build);
  follow(["frame"], place);
  if (path.length > 1) lossAlongPath(report);
  byId("landscape-legend").textContent = landscapeText(report.landscape, report);
}

const GREYS = 10; // contours
const LANDSCAPE_WIDTH = 34; // rem

/** A grey plane, darker where the loss is higher, with contours; returns {element, x, y} of the moving dot. */
function lossPlane(container, report, width) {
  const { x, y, names } = report.landscape;
  const [height, columns] = report.arrays.landscape.shape;
  const finite = report.arrays.landscape.values.filter((value) => Number.isFinite(value) && value > 0);
  const [least, most] = finite.length ? d3.extent(finite, Math.log) : [0, 0];
  const levels = Float32Array.from(report.arrays.landscape.values, (value) =>
    Number.isFinite(value) ? Math.log(Math.max(value, Math.exp(least))) : most,
  );
  const half = [(x[1] - x[0]) / 2, (y[1] - y[0]) / 2];
  const plane = planeIn(container, {
    width: Math.min(width, LANDSCAPE_WIDTH * rem()),
    isEqual: true,
    x: [x[0] - half[0], x.at(-1) + half[0]],
    y: [y[0] - half[1], y.at(-1) + half[1]],
    names,
    label: `Training loss from ${numberText(Math.exp(least))} to ${numberText(Math.exp(most))} around the path of the weights.`,
  });
  const grey = d3.scaleLinear([least, most], [0, 1]);
  const mix = d3.interpolateLab(colour("--loss-low"), colour("--loss-high"));
  plane.canvas.width = columns;
  plane.canvas.height = height;
  const image = new ImageData(columns, height);
  levels.forEach((level, i) => {
    const { r, g, b } = d3.rgb(mix(grey(level)));
    image.data.set([r, g, b, 255], 4 * ((height - 1 - Math.floor(i / columns)) * columns + (i % columns)));
  });
  plane.canvas.getContext("2d").putImageData(image, 0, 0);
  const steps = d3.range(1, GREYS).map((k) => least + (k * (most - least)) / GREYS);
  const texts = distinctTexts(steps.map(Math.exp));
  const contours = steps.map((level, k) => ({
    text: texts[k],
    d: most > least ? levelLine(levels, height, columns, level, plane.x, plane.y) : "",
  }));
  plane.svg.append(...contours.map(({ d }) => draw("path", { class: "contour", d, ...plane.clip })));
  const dot = withPath(plane, report.landscape.path);
  plane.svg.append(...contourLabels(contours, plane, report.landscape.path));
  byId("landscape-scale").replaceChildren(
    make("span", {}, numberText(Math.exp(least), 3)),
    make("span", { class: "ramp grey", role: "img", "aria-label": "from bright to dark" }),
    make("span", {}, numberText(Math.exp(most), 3)),
  );
  return dot;
}

/** Numbers with as few digits as tell them apart. */
function distinctTexts(numbers) {
  const digits = d3.range(2, 8).find((count) => new Set(numbers.map((each) => numberText(each, count))).size === numbers.length) ?? 8; // prettier-ignore
  return numbers.map((each) => numberText(each, digits));
}

/** The text of each contour, where it is far from the path and from the other labels. */
function contourLabels(contours, { x, y }, path) {
  const size = PLANE_TEXT * rem();
  const ends = (path.length ? [path[0], path.at(-1)] : []).flatMap(([a, b]) => [-1, 1].map((side) => [x(a), y(b) + side * rem()])); // words
  const taken = [...path.map(([a, b]) => [x(a), y(b)]), ...ends];
  const [left, right] = x.range();
  const [bottom, top] = y.range();
  return contours.flatMap(({ text, d }) => {
    const half = textWidth(text, PLANE_TEXT) / 2;
    const points = [...d.matchAll(/[ML]([^,]+),([^ML]+)/g)].map(([, a, b]) => [Number(a), Number(b)]);
    const isFree = ([a, b]) =>
      a > left + half && a < right - half && b > top + size && b < bottom - size &&
      taken.every(([c, e]) => Math.abs(a - c) > half + 2 * size || Math.abs(b - e) > 1.6 * size);
    const at = points.find(isFree);
    if (!at) return [];
    taken.push(at);
    return [draw("text", { class: "contour-label", x: at[0], y: at[1] + size * 0.35 }, text)];
  });
}

/** The training loss with the weights of each frame: how far down the path leads, epoch by epoch. */
function lossAlongPath(report) {
  const epochs = report.frames.epoch;
  const losses = report.loss.map(([training]) => training);
  const positive = losses.filter((loss) => loss > 0);
  const x = { label: "epoch", cube: true, max: epochs.at(-1) };
  const chart = lineChart(byId("landscape-curve"), {
    title: "Training loss along the path",
    lines: [{ name: "training", x: epochs, y: losses, stroke: "var(--training)", width: 2 }],
    x,
    y: { log: (d3.max(positive) ?? 0) > 20 * (d3.min(positive) ?? 1) },
    height: 11,
    onJump: (epoch) => change({ frame: nearestFrame(report, epoch), playing: false }),
  });
  byId("landscape-curve").prepend(make("h3", {}, "Training loss along the path"));
  follow(["frame"], () => chart.moveTo(momentIn(epochs, report)));
  follow(["even"], () => chart.change({ x: { ...x, cube: !state.even } }));
}

/** The loss over the only weight, with a dot that follows the frames. */
function lossCurve(container, report, width) {
  const { x, names, path } = report.landscape;
  const values = [...report.arrays.landscape.values];
  const finite = values.filter(Number.isFinite);
  const [least, highest] = finite.length ? d3.extent(finite) : [0, 1];
  const margin = 0.05 * (highest - least) || 1;
  const plane = planeIn(container, {
    width: Math.min(width, LANDSCAPE_WIDTH * rem()),
    height: 20 * rem(),
    x: d3.extent(x),
    y: [least - margin, highest + margin],
    names,
    label: `Training loss over ${names[0]}, with the path of the weight.`,
  });
  const curve = d3
    .line(
      (_, i) => plane.x(x[i]),
      (value) => plane.y(value),
    )
    .defined(Number.isFinite);
  plane.svg.append(draw("path", { class: "loss-curve", d: curve(values), ...plane.clip }));
  return withPath(plane, path);
}

/** The path over a plane, with a small dot per frame and a large one for the current frame. */
function withPath({ svg, x, y, clip }, path) {
  const line = d3.line(
    ([a]) => x(a),
    ([, b]) => y(b),
  )(path);
  svg.append(draw("path", { class: "path-halo", d: line, ...clip }), draw("path", { class: "path", d: line, ...clip }));
  svg.append(
    ...path.map(([a, b]) => draw("circle", { class: "frame-dot", cx: x(a), cy: y(b), r: 0.12 * rem(), ...clip })),
  );
  const ends = path.length > 1 ? [["start", path[0]], ["end", path.at(-1)]] : [];
  const isBelow = ([, [, b]]) => y(b) < y.range()[1] + 2 * rem(); // no room above
  svg.append(
    ...ends.map((end) =>
      draw(
        "text",
        { class: "path-end", x: x(end[1][0]), y: y(end[1][1]) + (isBelow(end) ? 1.3 : -0.7) * rem(), ...clip },
        end[0],
      ),
    ),
  );
  const element = svg.appendChild(draw("circle", { class: "now", r: 0.4 * rem() }));
  return { element, x, y };
}

function landscapeText({ kind, names, share, exact, points, has_penalty: hasPenalty }, report) {
  const what = hasPenalty ? "Training loss, excluding the penalty," : "Training loss";
  const of = `${what} on ${points < report.points.of_train ? `${wholeText(points)} of ${wholeText(report.points.of_train)}` : wholeText(points)} points`;
  if (kind === "curve") return `${of} over ${names[0]}, the only weight. Each dot is a recorded epoch.`;
  const shades = "darker where it is higher (logarithmic), with contours. Each dot is a recorded epoch.";
  if (exact) return `${of} over ${names[0]} and ${names[1]}, the only weights: ${shades}`;
  const held = `these two directions account for ${Math.floor(100 * share)} % of the movement of the weights`;
  return `${of} over the two directions in which the weights moved most, ${shades} ${held[0].toUpperCase()}${held.slice(1)}${share < 0.8 ? ": a slice, not the whole" : ""}. The plane contains the final weights.`;
}
