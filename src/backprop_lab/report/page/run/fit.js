// The curve of a regression along x with its points, or the output of the selected unit.

const EARLIER_CURVES = 8;

/** The extents of x and y that hold all points, with a margin. */
function fitExtent(report) {
  const y = d3.extent(report.arrays["points/y"].values);
  const margin = 0.15 * (y[1] - y[0] || 1);
  return [
    [report.extent.low[0], report.extent.high[0]],
    [y[0] - margin, y[1] + margin],
  ];
}

/** A place in pixels that a browser can draw to; of a diverging run it may be anything. */
function nearPaper(pixel) {
  return Number.isNaN(pixel) ? 1e5 : Math.max(-1e5, Math.min(1e5, pixel));
}

function curveAt(report, frame) {
  const values = report.at.field(frame);
  const [low, high] = [report.extent.low[0], report.extent.high[0]];
  const between = d3.scaleLinear([0, values.length - 1], [low, high]);
  return Array.from(values, (value, i) => [between(i), value]);
}

function buildFit(container, report) {
  const [x, y] = fitExtent(report);
  const width = container.clientWidth;
  const names = [report.axes[0], report.target];
  const plane = planeIn(container, { width, height: Math.min(width, 26 * rem()), x, y, names, label: "" });
  const group = (name) => plane.svg.appendChild(draw("g", { class: name, ...plane.clip }));
  const [earlier, sticks] = [group("earlier"), group("sticks")];
  const ghost = plane.svg.appendChild(draw("path", { class: "ghost", ...plane.clip }));
  const line = plane.svg.appendChild(draw("path", { class: "fit", ...plane.clip }));
  const count = report.points.train + report.points.val;
  const radius = (count <= FEW_POINTS ? 0.35 : 0.17) * rem();
  d3.range(count).forEach((i) => {
    const attributes = { cx: plane.x(report.at["points/x"](i, 0)), cy: plane.y(report.at["points/y"](i)), r: radius };
    plane.svg.append(
      draw("circle", {
        ...attributes,
        class: `value ${i < report.points.train ? "training" : "validation"}`,
        ...plane.clip,
      }),
    );
  });
  const middle = { x: d3.mean(plane.x.range()), y: d3.mean(plane.y.range()) };
  const flat = plane.svg.appendChild(draw("text", { class: "flat", ...middle, "text-anchor": "middle" }));
  const path = d3.line(
    ([a]) => plane.x(a),
    ([, b]) => nearPaper(plane.y(b)),
  );
  return { ...plane, earlier, sticks, ghost, line, path, count, flat };
}

function updateFit(drawn, report) {
  const frame = state.frame;
  byId("answer-title").textContent = "Predictions of the network";
  const curve = curveAt(report, frame);
  drawn.line.setAttribute("d", drawn.path(curve));
  const recorded = report.ghost?.report;
  const ghost = recorded ? curveAt(recorded, nearestFrame(recorded, report.frames.epoch[frame])) : null;
  drawn.ghost.setAttribute("d", ghost ? drawn.path(ghost) : "");
  const [bottom, top] = drawn.y.domain();
  drawn.flat.textContent = curve.every(([, y]) => !(y >= bottom && y <= top))
    ? "the curve is outside this picture"
    : "";
  const before = [...new Set(d3.range(EARLIER_CURVES).map((k) => Math.round((k * frame) / EARLIER_CURVES)))].filter(
    (k) => k < frame,
  );
  drawn.earlier.replaceChildren(...before.map((k) => draw("path", { d: drawn.path(curveAt(report, k)) })));
  drawn.sticks.replaceChildren(
    ...d3.range(drawn.count).map((i) => {
      const x = drawn.x(report.at["points/x"](i, 0));
      const answer = nearPaper(drawn.y(report.at["points/answer"](frame, i)));
      return draw("line", { x1: x, x2: x, y1: drawn.y(report.at["points/y"](i)), y2: answer });
    }),
  );
  const errors = d3
    .range(drawn.count)
    .map((i) => Math.abs(report.at["points/y"](i) - report.at["points/answer"](frame, i)));
  const said = `largest error of a shown point ${numberText(d3.max(errors), 3)}`;
  drawn.svg.setAttribute(
    "aria-label",
    `Points and the network's curve; ${said}.`,
  );
}

/** The axes for the selected unit's output over x, scaled to its largest value in the run. */
function buildUnitCurve(container, report) {
  const [layer, unit] = state.unit;
  const width = container.clientWidth;
  const largest = report.at[`largest/${layer}`](unit) || 1;
  const plane = planeIn(container, {
    width,
    height: Math.min(width, 26 * rem()),
    x: [report.extent.low[0], report.extent.high[0]],
    y: [-1.05 * largest, 1.05 * largest],
    names: [report.axes[0], `h${unitName(state.unit)}`],
    label: "",
  });
  const [left, right] = plane.x.range();
  plane.svg.append(draw("path", { class: "zero", d: `M${left},${plane.y(0)}H${right}` }));
  const line = plane.svg.appendChild(draw("path", { class: "fit", ...plane.clip }));
  return { ...plane, line, largest };
}

function updateUnitCurve(drawn, report) {
  const [layer, unit] = state.unit;
  const shares = report.at[`unit/${layer}`](state.frame, unit);
  const across = d3.scaleLinear([0, shares.length - 1], drawn.x.range());
  const path = d3.line(
    (_, i) => across(i),
    (share) => drawn.y(share * drawn.largest),
  );
  drawn.line.setAttribute("d", path(shares));
  byId("answer-title").textContent = `Output of unit ${unitName(state.unit)}`;
  const [least, most] = report.at[`range/${layer}`](state.frame, unit);
  drawn.svg.setAttribute(
    "aria-label",
    `Unit ${unitName(state.unit)} outputs values from ${numberText(least, 3)} to ${numberText(most, 3)}.`,
  );
}
