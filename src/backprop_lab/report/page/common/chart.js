// Line charts: ticks and labels at the line ends that do not overlap, a marker that follows the film, and the numbers as
// a table.

const CHART_TEXT = 0.75; // rem

/**
 * A chart that fills the width of `container`, and is redrawn when that changes.
 *
 * `lines` are {name, x, y, stroke, dash, width, area} with arrays x and y of equal length; `area` is {low, high} or absent. `x` is {label, cube, max}: `cube`
 * spaces it by the cube root, like the frames of the film. `y` is {log, low, high, band}, all optional; `band` is
 * [from, to]. `height` is in rem, and at least `ratio` of the width. `onJump(x)` handles clicks; `isBare` omits the
 * table of numbers. Returns {moveTo(x), change(options)}.
 */
function lineChart(container, options) {
  let chosen = options;
  let place = null;
  let marked = null;
  let across = 0; // the width of the chart
  const plot = make("div", { class: "chart" });
  container.append(plot);
  if (!options.isBare) container.append(numbersTable(() => chosen));
  const render = (width) => {
    across = width;
    const drawn = drawnChart(chosen, width);
    plot.replaceChildren(drawn.svg);
    place = drawn.place;
    if (chosen.onJump) {
      plot.classList.add("jumps");
      drawn.svg.addEventListener("click", (event) => {
        chosen.onJump(place.invert(event.clientX - drawn.svg.getBoundingClientRect().left));
      });
    }
    marked = drawn.svg.appendChild(
      draw("line", { class: "marker", y1: drawn.top, y2: drawn.bottom, visibility: "hidden" }),
    );
    if (chosen.at !== undefined) moveTo(chosen.at);
  };
  const moveTo = (x) => {
    chosen = { ...chosen, at: x };
    if (marked === null) return;
    marked.setAttribute("visibility", "visible");
    marked.setAttribute("x1", place(x));
    marked.setAttribute("x2", place(x));
  };
  onWidth(plot, render);
  return {
    moveTo,
    change(changed) {
      chosen = { ...chosen, ...changed };
      if (across) render(across);
    },
  };
}

function drawnChart({ lines, x, y, height, ratio = 0, title }, width) {
  const size = CHART_TEXT * rem();
  const tall = Math.max(height * rem(), ratio * width);
  const [top, bottom] = [size * 0.8, tall - size * 1.7];
  const { low, high, ticks, isLog } = yAxis(lines, y, (bottom - top) / size);
  const named = lines.filter((line) => line.name);
  const tickLabel = tickText(x.max);
  const left = Math.ceil(d3.max(ticks, (tick) => textWidth(tickText(tick), CHART_TEXT)) ?? 0) + size * 0.7;
  const right = Math.ceil(
    Math.max(
      d3.max(named, (line) => textWidth(line.name, CHART_TEXT, 600)) ?? 0,
      textWidth(tickLabel, CHART_TEXT) / 2 + textWidth(x.label, CHART_TEXT),
    ) +
      size * 0.7,
  );
  const scale = x.cube ? d3.scalePow().exponent(1 / 3) : d3.scaleLinear();
  const place = scale.domain([0, x.max || 1]).range([left, width - right]);
  const drawable = (value) => (isNumber(value) && (!isLog || value > 0) ? value : NaN);
  const up = (isLog ? d3.scaleLog() : d3.scaleLinear()).domain([low, high]).range([bottom, top]).clamp(true);
  const across = (points) => points.defined(([, ...values]) => values.every(Number.isFinite)).x(([at]) => place(at));
  const svg = draw(
    "svg",
    { class: "drawn", width, height: tall, viewBox: `0 0 ${width} ${tall}`, role: "img", "font-size": size, "aria-label": `${title}. ${inWords(lines)}` },
    ...(y.band && y.band[0] < high && y.band[1] > low ? [bandBetween(place(0), place(x.max), up(y.band[1]), up(y.band[0]))] : []),
    ...ticks.map((tick) => draw("line", { class: "grid", x1: left, x2: width - right, y1: up(tick), y2: up(tick) })),
    ...spacedTicks(x.max, place).flatMap((tick) => [
      draw("line", { class: "tick-mark", x1: place(tick), x2: place(tick), y1: bottom, y2: bottom + 4 }),
      draw("text", { class: "tick-across", x: place(tick), y: bottom + 5 + size * 0.85, "text-anchor": "middle" }, tickText(tick)),
    ]),
    ...lines.filter(({ area }) => area).map(({ x: along, area, stroke }) => {
      const shape = across(d3.area()).y0(([, from]) => up(from)).y1(([, , to]) => up(to));
      return draw("path", { d: shape(Array.from(along, (at, i) => [at, drawable(area.low[i]), drawable(area.high[i])])), fill: stroke, "fill-opacity": 0.2 });
    }),
    ...lines.map(({ x: along, y: values, stroke, width: strokeWidth, dash }) => {
      const shape = across(d3.line()).y(([, value]) => up(value));
      return draw("path", { class: "line-of-chart", d: shape(Array.from(along, (at, i) => [at, drawable(values[i])])), stroke, "stroke-width": strokeWidth ?? 1.5, "stroke-dasharray": dash });
    }),
    ...lines.filter((line) => d3.count(line.y) === 1).flatMap(({ x: along, y: values, stroke }) => {
      const i = Array.from(values).findIndex(isNumber);
      return [draw("circle", { class: "dot-of-chart", cx: place(along[i]), cy: up(values[i]), r: 3, stroke })];
    }),
    ...ticks.map((tick) => draw("text", { x: left - size * 0.5, y: up(tick) + size * 0.35, class: "tick" }, tickText(tick))),
    ...endLabels(named, up, { at: width - right + size * 0.4, top, bottom, size }),
    draw("text", { x: width, y: tall - size * 0.45, class: "axis-label" }, x.label),
  );
  return { svg, place, top, bottom };
}

function bandBetween(left, right, top, bottom) {
  return draw("rect", { x: left, y: top, width: right - left, height: bottom - top, fill: "var(--band)" });
}

/** The range and the ticks of the y axis, for a height in lines of text. */
function yAxis(lines, y, textLines) {
  const values = lines.flatMap((line) => [...line.y].filter(isNumber));
  const positive = values.filter((value) => value > 0);
  const isLog = Boolean(y.log) && positive.length > 0;
  let low = y.low ?? d3.min(isLog ? positive : values) ?? 0;
  let high = y.high ?? d3.max(values) ?? 1;
  if (low === 0 && high === 0) high = 1;
  if (low === high)
    [low, high] = isLog
      ? [low / 2, high * 2]
      : [low - (Math.abs(low) / 10 || 0.5), high + (Math.abs(high) / 10 || 0.5)];
  if (!isLog) return { low, high, isLog, ticks: d3.ticks(low, high, Math.max(2, textLines / 3)) };
  const powers = d3.range(Math.floor(Math.log10(low)), Math.ceil(Math.log10(high)) + 1).map((k) => 10 ** k);
  const inside = (ticks) => ticks.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
  const fine = inside(powers.flatMap((power) => [power, 2 * power, 5 * power]));
  const coarse = inside(powers);
  const room = Math.max(2, Math.floor(textLines / 2));
  if (fine.length < 2) return { low, high, isLog, ticks: d3.ticks(low, high, room) };
  const ticks = fine.length <= room || coarse.length < 2 ? fine : coarse;
  const every = Math.ceil(ticks.length / room);
  return { low, high, isLog, ticks: ticks.filter((_, i) => i % every === 0) };
}

/** Ticks 1, 2, 5, 10, ... that do not overlap; always 0 and the last value. */
function spacedTicks(max, place) {
  const round = d3
    .range(0, 9)
    .flatMap((k) => [10 ** k, 2 * 10 ** k, 5 * 10 ** k])
    .filter((tick) => tick < max);
  const half = (tick) => textWidth(tickText(tick), CHART_TEXT) / 2 + 0.35 * rem();
  const chosen = [0, max];
  for (const tick of round.toReversed()) {
    if (chosen.every((other) => Math.abs(place(other) - place(tick)) > half(other) + half(tick))) chosen.push(tick);
  }
  return max > 0 ? chosen.sort(d3.ascending) : [0];
}

/** The name of each line beside its last point, moved apart if they would overlap. */
function endLabels(lines, up, { at, top, bottom, size }) {
  const labels = lines.map((line) => {
    const value = [...line.y].findLast(isNumber);
    return { line, y: value === undefined ? bottom : Math.min(bottom, Math.max(top, up(value))) };
  });
  labels.sort((a, b) => a.y - b.y);
  const gap = size * 1.15;
  const middle = d3.mean(labels, (label) => label.y) ?? 0;
  for (let i = 1; i < labels.length; i++) labels[i].y = Math.max(labels[i].y, labels[i - 1].y + gap);
  const moved = (d3.mean(labels, (label) => label.y) ?? 0) - middle;
  const shift = Math.max(top - (labels[0]?.y ?? 0), Math.min(bottom - size * 0.6 - (labels.at(-1)?.y ?? 0), -moved));
  let lowest = bottom - size * 0.6;
  for (const label of labels.toReversed()) {
    label.y = Math.min(label.y + shift, lowest);
    lowest = label.y - gap;
  }
  return labels.map(({ line, y }) =>
    draw(
      "text",
      { x: at, y: y + size * 0.35, class: "end-label", "font-size": size, fill: line.stroke },
      line.name,
    ),
  );
}

function isNumber(value) {
  return value !== null && Number.isFinite(value);
}

/** A description of the chart for screen readers. */
function inWords(lines) {
  return lines
    .map((line) => {
      const values = [...line.y].filter(isNumber);
      return values.length
        ? `${line.name || "the line"} goes from ${numberText(values[0])} to ${numberText(values.at(-1))}`
        : "";
    })
    .join("; ");
}

const MOST_ROWS = 200;

/** The numbers of a chart, built when first opened; for many rows, every n-th. */
function numbersTable(options) {
  const details = make("details", { class: "numbers" }, make("summary", {}, "Numbers"));
  details.addEventListener("toggle", () => {
    if (!details.open) return;
    const { lines, x } = options();
    const rows = d3.sort(new Set(lines.flatMap((line) => [...line.x])));
    const every = Math.ceil(rows.length / MOST_ROWS);
    const columns = lines.map((line) => new Map([...line.x].map((at, i) => [at, line.y[i]])));
    const cells = (at) => columns.map((column) => make("td", {}, column.has(at) ? numberText(column.get(at)) : ""));
    const shown = rows.filter((_, i) => i % every === 0 || i === rows.length - 1);
    details.querySelector(".scrolls")?.remove();
    details.append(
      make(
        "div",
        { class: "scrolls", tabindex: 0, role: "region", "aria-label": "Numbers of the chart" },
        make(
          "table",
          {},
          make(
            "thead",
            {},
            make(
              "tr",
              {},
              ...[x.label, ...lines.map((line) => line.name)].map((name) => make("th", { scope: "col" }, name)),
            ),
          ),
          make("tbody", {}, ...shown.map((at) => make("tr", {}, make("td", {}, tickText(at)), ...cells(at)))),
        ),
      ),
    );
  });
  return details;
}
