// The metric against each swept key: a dot per job, the middle 80 %, and the means, joined where the values are numbers.

const MOST_LINES = 6;
const DASHES = [null, "6,3", "2,3", "9,3,2,3", "1,4", "4,4"];
const MANY_TICKS = 12;

function parametersPanel(sweep, store) {
  const charts = byId("parameters-charts");
  for (const [k, key] of sweep.keys.entries()) {
    const chart = make("div", { class: "chart" });
    charts.append(make("div", {}, make("h3", {}, `against ${key.label}`), chart));
    onWidth(chart, (width) => chart.replaceChildren(parameterChart(sweep, k, store.state, width)));
  }
  byId("parameters").hidden = sweep.keys.length === 0;
  let drawn = null;
  const show = (state) => {
    const key = [state.metric, state.theme].join();
    if (drawn === key) return;
    const metric = metricOf(sweep, state.metric);
    byId("parameters-title").textContent = metric.label[0].toUpperCase() + metric.label.slice(1);
    const values = sweep.jobs.map((job) => job.metrics[metric.name]).filter(isNumber);
    const { low, high } = metricDomain(values, metric.is_loss);
    const isCut = values.some((value) => value < low || value > high);
    byId("parameters-legend").textContent =
      `Small dots are ${sweep.settings.some(({ whole }) => whole !== null) ? "listed jobs" : "jobs"}, large ones the means of those that finished, joined where the values are numbers` +
      `${sweep.settings.some((setting) => setting.jobs.length >= FEW_SEEDS) ? ", bars span the middle 80 %" : ""}` +
      `${sweep.settings.some((setting) => finishedOf(setting) < jobsOf(setting)) ? "; ✕ counts the jobs that did not finish" : ""}.${isCut ? " Triangles lie outside the scale." : ""}`;
    if (drawn !== null) for (const [k, chart] of charts.querySelectorAll(".chart").entries()) {
      if (chart.clientWidth) chart.replaceChildren(parameterChart(sweep, k, state, chart.clientWidth));
    }
    drawn = key;
  };
  return { show };
}

/** The other key whose values get one line each: the one with the fewest values; null if all have many. */
function secondKey(sweep, k) {
  const others = d3.range(sweep.keys.length).filter((other) => other !== k);
  const fewest = d3.least(others, (other) => valuesOf(sweep, other).length);
  return fewest !== undefined && valuesOf(sweep, fewest).length <= MOST_LINES ? fewest : null;
}

/** The scale options of a key, with a function from a value to the scale's input. */
function keyScale(sweep, k) {
  const { values, numbers } = sweep.keys[k];
  const all = valuesOf(sweep, k);
  if (numbers === null || all.length > values.length) {
    return { options: { type: "point", domain: all.map(valueText), padding: 0.5 }, of: valueText, ticks: all.map(valueText), text: shortened };
  }
  const at = new Map(values.map((value, i) => [value, numbers[i]]));
  const isLog = isLogarithmic(numbers);
  const [low, high] = d3.extent(numbers);
  const scale = isLog ? d3.scaleLog([low, high], [0, 1]) : d3.scaleLinear([low, high], [0, 1]);
  const domain = [scale.invert(-0.06), scale.invert(1.06)];
  const ticks = keyTicks(numbers, scale, isLog);
  return { options: { type: isLog ? "log" : "linear", domain }, of: (value) => at.get(value), ticks, text: tickText };
}

/** Whether the values of a key have an order: words have none, so no line joins them. */
function isOrdered(sweep, k) {
  return sweep.keys[k].numbers !== null;
}

/** All values of a key with few, else round numbers. */
function keyTicks(numbers, scale, isLog) {
  if (numbers.length <= MANY_TICKS) return numbers;
  return isLog ? scale.ticks(20).filter((tick) => /^[125](e|$)/.test(tick.toExponential(0)) && Number(tick.toExponential(0)) === tick) : scale.ticks(6);
}

function shortened(text) {
  return text.length > 14 ? `${text.slice(0, 13)}…` : text;
}

function parameterChart(sweep, k, state, width) {
  const size = CHART_TEXT * rem();
  const metric = metricOf(sweep, state.metric);
  const scale = keyScale(sweep, k);
  const second = secondKey(sweep, k);
  const groups = second === null ? [undefined] : valuesOf(sweep, second);
  const finished = sweep.jobs.filter((job) => isNumber(job.metrics[metric.name]));
  const domain = metricDomain(finished.map((job) => job.metrics[metric.name]), metric.is_loss);
  const clamped = (value) => Math.min(domain.high, Math.max(domain.low, value));
  const [top, bottom] = [size * 1.2, size * 16];
  const yTicks = yAxis([{ y: [domain.low, domain.high] }], { log: domain.isLog, ...domain }, (bottom - top) / size).ticks;
  const left = Math.ceil(d3.max(yTicks, (tick) => textWidth(tickText(tick), CHART_TEXT)) ?? 0) + size * 1.2;
  const names = groups.map((group) => (group === undefined ? "" : `${sweep.keys[second].label} ${shortened(valueText(group))}`));
  // The name of the key stands right of the last tick.
  const right = Math.ceil(d3.max([...names, sweep.keys[k].label], (name) => textWidth(name, CHART_TEXT))) + size;
  const marks = [];
  const lines = groups.map((group, g) => {
    const members = finished.filter((job) => group === undefined || job.setting.values[second] === group);
    const places = d3.sort(d3.groups(members, (job) => scale.of(job.setting.values[k])), ([at]) => scale.ticks.indexOf(at));
    const ordered = typeof places[0]?.[0] === "number" ? d3.sort(places, ([at]) => at) : places;
    const means = ordered.map(([at, jobs]) => ({ at, ...spreadOfSettings([...new Set(jobs.map((job) => job.setting))], metric.name) }));
    const stroke = groups.length > 1 ? `var(--series-${g + 1})` : "var(--ink)";
    const dx = (g - (groups.length - 1) / 2) * size * 0.3;
    const shown = members.map((job) => ({ at: scale.of(job.setting.values[k]), value: job.metrics[metric.name] }));
    const inside = shown.filter(({ value }) => value === clamped(value));
    const beyond = shown.filter(({ value }) => value !== clamped(value));
    marks.push(
      Plot.dot(inside, { x: "at", y: "value", r: size / 7, fill: stroke, fillOpacity: 0.35, dx }),
      Plot.dot(beyond.filter(({ value }) => value > domain.high), { x: "at", y: () => domain.high, symbol: "triangle", r: size / 4, fill: stroke, dx }),
      Plot.dot(beyond.filter(({ value }) => value < domain.low), { x: "at", y: () => domain.low, symbol: "triangle", rotate: 180, r: size / 4, fill: stroke, dx }),
      Plot.ruleX(means.filter(({ count }) => count >= FEW_SEEDS), { x: "at", y1: (d) => clamped(d.low), y2: (d) => clamped(d.high), stroke, strokeOpacity: 0.45, strokeWidth: size / 3, dx }),
      isOrdered(sweep, k) ? Plot.line(means, { x: "at", y: (d) => clamped(d.mean), stroke, strokeWidth: 1.8, strokeDasharray: DASHES[g], dx }) : null,
      Plot.dot(means, { x: "at", y: (d) => clamped(d.mean), r: size / 4, fill: stroke, stroke: "var(--background)", dx }),
    );
    return { name: names[g], stroke, y: means.map((each) => clamped(each.mean)) };
  });
  const svg = plotted({
    ariaLabel: `${metric.label} against ${sweep.keys[k].label}`,
    width,
    height: bottom + size * 3.4,
    marginLeft: left,
    marginRight: right,
    marginTop: top,
    marginBottom: size * 3.4,
    x: { ...scale.options, axis: null },
    y: { type: domain.isLog ? "log" : "linear", domain: [domain.low, domain.high], axis: null },
    marks: [
      Plot.gridY(yTicks, { stroke: "var(--line)", strokeOpacity: 1 }),
      Plot.axisY(yTicks, { tickFormat: tickText, label: null, tickSize: 0, fill: "var(--muted)" }),
      ...marks,
    ],
  });
  svg.append(
    ...xTicks(svg, scale, { bottom, size }),
    ...failedCounts(sweep, svg, k, scale, { bottom, size }),
    ...endLabels(lines.filter((line) => line.name && line.y.length), svg.scale("y").apply, { at: width - right + size * 0.5, top, bottom, size }),
    draw("text", { x: width, y: bottom + size * 1.5, class: "axis-label", "font-size": size }, sweep.keys[k].label),
  );
  return svg;
}

/** As many ticks as fit beside each other. */
function xTicks(svg, scale, { bottom, size }) {
  const place = svg.scale("x");
  const shown = [];
  let free = -Infinity;
  for (const tick of scale.ticks) {
    const text = scale.text(tick);
    const x = place.apply(tick);
    const half = textWidth(text, CHART_TEXT) / 2;
    if (x - half < free) continue;
    free = x + half + size * 0.6;
    shown.push(draw("text", { x, y: bottom + size * 1.5, class: "x-tick", "font-size": size }, text));
  }
  return shown;
}

/** Below the axis, the number of jobs that did not finish. */
function failedCounts(sweep, svg, k, scale, { bottom, size }) {
  const place = svg.scale("x");
  const unfinished = (setting) => jobsOf(setting) - finishedOf(setting);
  const failed = d3.rollup(sweep.settings.filter(unfinished), (settings) => d3.sum(settings, unfinished), (setting) => setting.values[k]);
  if (failed.size > MANY_TICKS) return [];
  return d3.sort(failed, ([value]) => place.apply(scale.of(value))).map(([value, count]) =>
    draw("text", { x: place.apply(scale.of(value)), y: bottom + size * 2.9, class: "x-tick failed", "font-size": size }, `✕${wholeText(count)}`),
  );
}
