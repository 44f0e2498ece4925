// Loss and accuracy of every logged epoch, and the share of inactive units, with a marker that follows the film.

function startCurves(report) {
  const container = byId("curves-charts");
  const history = (name) => report.arrays[`curve/${name}`]?.values ?? [];
  const epochs = history("epoch");
  const frames = report.frames?.epoch ?? [];
  const max = Math.max(d3.max(epochs) ?? 0, d3.max(frames) ?? 0);
  const key = report.metric;
  const start = (values, i) => (frames[0] === 0 ? [values[0][i]] : []);
  const line = (name, which, { isVal }) => ({
    name: isVal ? "validation" : "training",
    x: isVal ? [...(frames[0] === 0 ? [0] : []), ...epochs] : epochs,
    y: isVal ? [...(report.frames ? start(which, 1) : []), ...history(`val_${name}`)] : history(`train_${name}`),
    stroke: isVal ? "var(--validation)" : "var(--training)",
    width: isVal ? 2.6 : 1.3,
  });
  const both = (name, which) => [line(name, which, { isVal: true }), line(name, which, { isVal: false })];
  const losses = both("loss", report.loss);
  const positive = losses.flatMap(({ y }) => [...y]).filter((value) => value > 0 && Number.isFinite(value));
  const isLog = (d3.max(positive) ?? 0) > 20 * (d3.min(positive) ?? 1);
  const range = metricRange(both(key, report.metrics));
  const charts = [{ title: "Loss", lines: losses, y: { log: isLog }, height: 9, ratio: 0.42 }];
  charts.push({
    title: capitalized(report.metric_label),
    lines: both(key, report.metrics),
    y: range,
    height: 9,
    ratio: 0.42,
  });
  const penalty = history("penalty");
  if (penalty.length) {
    const lines = [{ name: "penalty", x: epochs, y: penalty, stroke: "var(--layer-1)", width: 2 }];
    charts.push({ title: "Penalty", lines, y: {}, height: 6.5, ratio: 0.3 });
  }
  const idle = report.idle && idleLines(report);
  if (idle?.length)
    charts.push({ title: "Inactive hidden units (share)", lines: idle, y: { low: 0, high: 1 }, height: 6.5, ratio: 0.3 });
  const x = { label: "epoch", cube: true, max };
  const onJump = report.frames ? (epoch) => change({ frame: nearestFrame(report, epoch), playing: false }) : undefined;
  const drawn = charts.map((chart) => {
    const place = make("div", { class: "one-chart" }, make("h3", {}, chart.title));
    container.append(place);
    return lineChart(place, { ...chart, x, onJump });
  });
  byId("even").addEventListener("change", (event) => change({ even: event.target.checked }));
  follow(["even"], () => {
    byId("even").checked = state.even;
    drawn.forEach((chart) => chart.change({ x: { ...x, cube: !state.even } }));
  });
  if (report.frames) follow(["frame"], () => drawn.forEach((chart) => chart.moveTo(frames[state.frame])));
  byId("curves-legend").textContent = [
    "Training: averaged over the epoch while the weights were changing. Validation: at the end of the epoch.",
    ...(penalty.length ? ["The loss excludes the penalty."] : []),
    ...(isLog ? ["The loss axis is logarithmic."] : []),
    ...(range.isCut ? [`${capitalized(report.metric_label)} below ${numberText(range.low, 2)} is on the lower edge.`] : []),
    ...(report.frames ? ["Click to jump to that epoch."] : []),
  ].join(" ");
}

/** The range of all values, but without R² so low that it would squash the rest. */
function metricRange(lines) {
  const values = lines.flatMap(({ y }) => [...y]).filter(Number.isFinite);
  const [least, high] = [d3.min(values) ?? 0, d3.max(values) ?? 1];
  return { low: Math.max(high - 2, least), high, isCut: least < high - 2 };
}

/** The shares of units that are off or saturated, if there are any in some frame. */
function idleLines(report) {
  const named = { off: ["off", "var(--layer-2)", "6,3"], saturated: ["saturated", "var(--layer-1)", null] };
  return Object.entries(named).flatMap(([key, [name, stroke, dash]]) => {
    const values = report.idle[key];
    return values && d3.max(values) > 0 ? [{ name, x: report.frames.epoch, y: values, stroke, dash, width: 2 }] : [];
  });
}
