// Parallel coordinates: a line per setting through its keys and results. Ranges on the axes filter the settings on the
// whole page.

const STEPS = 9; // shades of the metric
const PATH_HEIGHT = 15; // rem

function pathsPanel(sweep, store) {
  const chart = byId("paths-chart");
  const shownMetrics = sweep.metrics.filter((metric) => metric.name.startsWith("val_") && !metric.is_score);
  let order = [...d3.range(sweep.keys.length).map((k) => keyAxis(sweep, k)), ...shownMetrics.map((metric) => metricAxis(sweep, metric))];
  let drawn = null;
  byId("paths").hidden = sweep.settings.length < 2;

  /** Keep the settings that are within the range of every axis. */
  const choose = () => {
    const ranges = order.filter((axis) => axis.range !== null);
    const passes = (setting) => ranges.every((axis) => axis.range[0] <= axis.at(setting) && axis.at(setting) <= axis.range[1]);
    store.change({ kept: ranges.length ? new Set(sweep.settings.filter(passes).map((setting) => setting.index)) : null });
  };

  const redraw = () => {
    if (chart.clientWidth) drawn = drawPaths(chart, sweep, order, store, choose);
    mark(store.state);
  };

  const move = (axis, by) => {
    const from = order.indexOf(axis);
    const to = from + by;
    if (to < 0 || to >= order.length) return;
    [order[from], order[to]] = [order[to], order[from]];
    redraw();
    fields();
    byId("paths-fields").querySelectorAll(".axis-row")[to].querySelectorAll("button")[by < 0 ? 0 : 1].focus();
  };

  const fields = () => byId("paths-fields").replaceChildren(...order.map((axis) => axisRow(axis, move, () => {
    choose();
    redraw();
  })));

  const mark = (state) => {
    for (const [setting, path] of drawn ?? []) {
      path.classList.toggle("chosen", state.setting === setting.index);
      path.classList.toggle("faded", state.kept !== null && !state.kept.has(setting.index));
      if (state.setting === setting.index) path.parentNode.append(path);
    }
  };

  let before = null;
  const show = (state) => {
    const key = [state.metric, state.theme].join();
    if (before !== key) {
      before = key;
      if (drawn !== null) return redraw();
    }
    const count = state.kept === null ? "" : ` ${wholeText(state.kept.size)} of ${wholeText(sweep.settings.length)} settings are within the ranges.`;
    byId("paths-legend").replaceChildren(
      `Each line is a setting${sweep.hasSeeds ? ", results are means of its finished seeds" : ""}. Drag along an axis to keep a range; click a line to select its setting.${count} `,
      ...(state.kept === null ? [] : [make("button", { type: "button", click: clear }, "Clear ranges")]),
    );
    mark(state);
  };

  const clear = () => {
    for (const axis of order) axis.range = null;
    choose();
    redraw();
    fields();
  };

  fields();
  onWidth(chart, redraw);
  return { show, clear };
}

/** An axis: `at(setting)` is where a setting crosses it, from 0 (bottom) to 1 (top); negative in a lane for no value. */
function keyAxis(sweep, k) {
  const { label, numbers, values } = sweep.keys[k];
  const lanes = valuesOf(sweep, k).length > values.length ? ["not set"] : [];
  const scale = numbers === null ? d3.scalePoint(values, [0, 1]) : (isLogarithmic(numbers) ? d3.scaleLog : d3.scaleLinear)(d3.extent(numbers), [0, 1]);
  const of = new Map(values.map((value, i) => [value, numbers === null ? scale(value) : numbers.length > 1 ? scale(numbers[i]) : 0.5]));
  const isMany = numbers !== null && numbers.length > MANY_TICKS;
  const ticks = isMany ? keyTicks(numbers, scale, isLogarithmic(numbers)).map((tick) => [tickText(tick), scale(tick)]) : values.map((value) => [value, of.get(value)]);
  return {
    label,
    lanes,
    ticks,
    isKey: true,
    range: null,
    scale: numbers === null ? null : scale,
    at: (setting) => (setting.values[k] === null ? -1 : of.get(setting.values[k])),
    beyond: [0, 0],
  };
}

function metricAxis(sweep, metric) {
  const means = new Map(sweep.settings.map((setting) => [setting, meanOfAll(setting, metric.name)]));
  const known = [...means.values()].filter(isNumber);
  const { low, high, isLog } = metricDomain(known, metric.is_loss);
  const scale = (isLog ? d3.scaleLog : d3.scaleLinear)([low, high], [0, 1]).clamp(true);
  const lanes = [...new Set(sweep.settings.filter((setting) => !isNumber(means.get(setting))).map((setting) => withoutNumber(setting.jobs[0], metric)))];
  const ticks = (isLog ? yAxis([{ y: [low, high] }], { log: true, low, high }, 16).ticks : scale.ticks(5)).map((tick) => [tickText(tick), scale(tick)]);
  return {
    label: metric.label,
    lanes,
    ticks,
    range: null,
    scale,
    at: (setting) => (isNumber(means.get(setting)) ? scale(means.get(setting)) : -1 - lanes.indexOf(withoutNumber(setting.jobs[0], metric))),
    beyond: [d3.count(known, (value) => (value < low ? 1 : NaN)), d3.count(known, (value) => (value > high ? 1 : NaN))],
  };
}

/** Nine colours from worst to best, in the order of the legend; the best is dark on white and light on black. */
function shades() {
  const isDark = d3.lab(colour("--background")).l < 50;
  return d3.range(STEPS).map((i) => d3.interpolateViridis(isDark ? 0.12 + (0.88 * i) / (STEPS - 1) : 0.88 - (0.88 * i) / (STEPS - 1)));
}

function drawPaths(container, sweep, axes, store, choose) {
  const size = CHART_TEXT * rem();
  const lanes = d3.max(axes, (axis) => axis.lanes.length);
  const [top, bottom] = [size * 4.2, PATH_HEIGHT * rem()];
  const laneGap = size * 1.6;
  const height = bottom + lanes * laneGap + size * 1.2;
  const least = d3.max(axes, (axis) => d3.max([axis.label, ...axis.ticks.map(([text]) => text)], (text) => textWidth(text, CHART_TEXT))) + size * 2;
  const width = Math.max(container.clientWidth, axes.length * least);
  const last = axes.at(-1);
  const beside = d3.max([...last.lanes, ...last.ticks.map(([text]) => text)], (text) => textWidth(text, CHART_TEXT)) + size;
  const [left, right] = [least / 2, Math.max(least / 2, beside)];
  const across = d3.scalePoint(d3.range(axes.length), [left, width - right]);
  const up = (at) => (at >= 0 ? bottom - at * (bottom - top) : bottom - at * laneGap);

  const metric = metricOf(sweep, store.state.metric);
  const means = new Map(sweep.settings.map((setting) => [setting, meanOfAll(setting, metric.name)]));
  const { low, high, isLog } = metricDomain([...means.values()].filter(isNumber), metric.is_loss);
  const worth = (isLog ? d3.scaleLog : d3.scaleLinear)([low, high], metric.is_loss ? [1, 0] : [0, 1]).clamp(true);
  const colours = shades();
  const step = (value) => Math.min(STEPS - 1, Math.floor(worth(value) * STEPS));
  const line = d3.line((_, i) => across(i), (axis) => axis);
  const paths = new Map();
  const sorted = d3.sort(sweep.settings, (setting) => (isNumber(means.get(setting)) ? worth(means.get(setting)) : -1));
  for (const setting of sorted) {
    const mean = means.get(setting);
    const path = draw("path", {
      class: isNumber(mean) ? "path" : "path failed",
      d: line(axes.map((axis) => up(axis.at(setting)))),
      stroke: isNumber(mean) ? colours[step(mean)] : null,
      click: () => store.change({ setting: setting.index }),
    });
    path.append(draw("title", {}, `${setting.label}: ${isNumber(mean) ? `${metric.label} ${shortText(mean)}` : withoutNumber(setting.jobs[0], metric)}`));
    paths.set(setting, path);
  }
  const marks = axes.map((axis, i) => axisMarks(axis, across(i), { size, top, bottom, laneGap, up, isFirst: i === 0 }));
  const svg = draw("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Parallel coordinates of ${sweep.settings.length} settings; the table has the same numbers` });
  svg.append(draw("g", { class: "paths" }, ...paths.values()), ...marks, ...shadesLegend(colours, metric, { low, high, size }));
  for (const [i, axis] of axes.entries()) addBrush(svg, axis, across(i), { size, top, bottom: up(-lanes) + size * 0.5, up, laneGap }, choose);
  container.replaceChildren(make("div", { class: "scrolls", tabindex: 0, role: "region", "aria-label": "Paths" }, svg));
  return paths;
}

function axisMarks(axis, x, { size, top, bottom, laneGap, up, isFirst }) {
  const group = draw("g", { class: "axis" }, draw("line", { x1: x, x2: x, y1: top, y2: bottom }));
  const text = (words, y, name = "tick") => draw("text", { x: x + size * (isFirst ? -0.5 : 0.5), y: y + size * 0.35, class: isFirst ? `${name} first` : name, "font-size": size }, words);
  let free = Infinity;
  for (const [words, at] of d3.sort(axis.ticks, (tick) => tick[1])) {
    if (up(at) > free) continue;
    free = up(at) - size * 1.2;
    // Every line crosses a key's axis at a tick, so the words are above it.
    const raised = axis.isKey ? size * 0.6 : 0;
    group.append(draw("line", { x1: x - size * 0.3, x2: x, y1: up(at), y2: up(at) }), text(words, up(at) - raised));
  }
  for (const [lane, words] of axis.lanes.entries()) group.append(text(words, bottom + (lane + 1) * laneGap, "tick failed"));
  const [below, above] = axis.beyond;
  if (above) group.append(draw("text", { x, y: top - size * 0.4, class: "beyond", "font-size": size * 0.9 }, `▲ ${above} above`));
  if (below) group.append(draw("text", { x, y: bottom + size, class: "beyond", "font-size": size * 0.9 }, `▼ ${below} below`));
  group.append(draw("text", { x, y: size * 2.7, class: "name", "font-size": size }, axis.label));
  return group;
}

function shadesLegend(colours, metric, { low, high, size }) {
  const [worst, best] = metric.is_loss ? [high, low] : [low, high];
  const words = `${metric.label} ${shortText(worst)}`;
  const x = textWidth(words, CHART_TEXT) + size * 0.5;
  return [
    draw("text", { x: 0, y: size * 0.8, class: "shades", "font-size": size }, words),
    ...colours.map((fill, i) => draw("rect", { x: x + i * size, y: 0, width: size, height: size * 0.8, fill })),
    draw("text", { x: x + STEPS * size + size * 0.5, y: size * 0.8, class: "shades", "font-size": size }, shortText(best)),
  ];
}

function addBrush(svg, axis, x, { size, top, bottom, up, laneGap }, choose) {
  const at = (y) => (y <= up(0) ? (up(0) - y) / (up(0) - top) : -(y - up(0)) / laneGap);
  const brush = d3.brushY().extent([[x - size, top - size * 0.3], [x + size, bottom]]);
  const group = d3.select(svg).append("g").attr("class", "brush").call(brush);
  if (axis.range !== null) group.call(brush.move, [Math.max(top - size * 0.3, up(axis.range[1])), Math.min(bottom, up(axis.range[0]))]);
  brush.on("end", ({ selection, sourceEvent }) => {
    if (!sourceEvent) return;
    axis.range = selection === null ? null : [at(selection[1]), at(selection[0])];
    axis.changed?.();
    choose();
  });
}

/** The row of controls of an axis: its position, and its range in numbers or one of its words. */
function axisRow(axis, move, changed) {
  const button = (words, by) => make("button", { type: "button", "aria-label": `${axis.label}: ${words}`, click: () => move(axis, by) }, by < 0 ? "←" : "→");
  const row = make("div", { class: "axis-row" }, make("span", { class: "name" }, axis.label), button("to the left", -1), button("to the right", 1));
  if (axis.scale === null) {
    const select = make("select", { "aria-label": `${axis.label}: value` }, make("option", { value: "" }, "any"), ...axis.ticks.map(([text], i) => make("option", { value: i }, text)));
    select.addEventListener("change", () => {
      const chosen = axis.ticks[Number(select.value)]?.[1];
      axis.range = select.value === "" ? null : [chosen - 1e-9, chosen + 1e-9];
      changed();
    });
    axis.changed = () => (select.value = "");
    row.append(select);
    return row;
  }
  const field = (words) => make("input", { type: "number", step: "any", "aria-label": `${axis.label} ${words}` });
  const inputs = [field("from"), field("to")];
  const written = () => {
    for (const [i, input] of inputs.entries()) input.value = axis.range === null || axis.range[i] < 0 || axis.range[i] > 1 ? "" : String(+axis.scale.invert(axis.range[i]).toPrecision(4));
  };
  axis.changed = written;
  written();
  for (const input of inputs) {
    input.addEventListener("change", () => {
      const place = (each, open) => (each.value === "" ? open : axis.scale(Number(each.value)));
      const [from, to] = [place(inputs[0], 0), place(inputs[1], 1)];
      axis.range = inputs.every((each) => each.value === "") ? null : [from - 1e-9, to + 1e-9];
      changed();
    });
  }
  row.append("from ", inputs[0], " to ", inputs[1]);
  return row;
}
