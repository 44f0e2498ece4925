// Loss and accuracy of every logged epoch, and the share of inactive units, with a marker that follows the film.

function startCurves(report) {
  const container = byId("curves-charts");
  container.replaceChildren();
  listen(byId("even"), "change", (event) => change({ even: event.target.checked }));
  const xOf = ({ max }) => ({ label: "epoch", cube: !state.even, max });
  const onJump = report.frames ? (epoch) => change({ frame: nearestFrame(report, epoch), playing: false }) : undefined;
  let told = curvesOf(report);
  const drawn = told.charts.map((chart) => {
    const place = make("div", { class: "one-chart" }, make("h3", {}, chart.title));
    container.append(place);
    return lineChart(place, { ...chart, x: xOf(told), onJump });
  });
  follow(["even", "curves"], () => {
    told = curvesOf(report);
    byId("even").checked = state.even;
    drawn.forEach((chart, i) => chart.change({ ...told.charts[i], x: xOf(told) }));
    byId("curves-legend").textContent = told.legend();
  });
  if (report.frames) follow(["film", "frame"], () => drawn.forEach((chart) => chart.moveTo(report.frames.epoch[state.frame])));
}

/** The charts of a report, the last epoch, and what the charts mean. */
function curvesOf(report) {
  const history = (name) => report.arrays[`curve/${name}`]?.values ?? [];
  const epochs = history("epoch");
  const frames = report.frames?.epoch ?? [];
  const max = Math.max(d3.max(epochs) ?? 0, d3.max(frames) ?? 0, report.ghost?.max ?? 0);
  const key = report.metric;
  // Where epochs were logged rarely, the frames show what happened between them; at epoch 0 nothing was trained yet.
  const logged = new Set(epochs);
  const between = report.film ? [] : d3.range(frames.length).filter((i) => !logged.has(frames[i]));
  const hasBetween = between.some((i) => frames[i] > 0);
  const line = (name, which, { isVal }) => {
    const values = history(`${isVal ? "val" : "train"}_${name}`);
    const added = between.filter((i) => isVal || frames[i] > 0);
    const points = d3.sort(
      [
        ...Array.from(epochs, (epoch, i) => [epoch, values[i]]),
        ...added.map((i) => [frames[i], which[i][isVal ? 1 : 0]]),
      ],
      ([epoch]) => epoch,
    );
    return {
      name: isVal ? "validation" : "training",
      x: points.map(([epoch]) => epoch),
      y: points.map(([, value]) => value),
      stroke: isVal ? "var(--validation)" : "var(--training)",
      width: isVal ? 2.6 : 1.3,
    };
  };
  const both = (name, which) => [line(name, which, { isVal: true }), line(name, which, { isVal: false })];
  const ghosts = (name) => report.ghost?.lines[name] ?? [];
  const losses = [...ghosts("loss"), ...both("loss", report.loss)];
  const positive = losses.flatMap(({ y }) => [...y]).filter((value) => value > 0 && Number.isFinite(value));
  const isLog = (d3.max(positive) ?? 0) > 20 * (d3.min(positive) ?? 1);
  const metrics = [...ghosts(key), ...both(key, report.metrics)];
  const range = metricRange(metrics);
  const guess = report.loss_of_guessing;
  const hasGuess = Number.isFinite(guess) && (!isLog || guess > 0);
  const guessing = { name: "guessing", x: [0, max], y: [guess, guess], stroke: "var(--muted)", dash: "2,3", width: 1.5 };
  const charts = [{ title: "Loss", lines: [...losses, ...(hasGuess ? [guessing] : [])], y: { log: isLog }, height: 9, ratio: 0.42 }];
  charts.push({ title: capitalized(report.metric_label), lines: metrics, y: range, height: 9, ratio: 0.42 });
  const penalty = history("penalty");
  if (penalty.length) {
    const lines = [{ name: "penalty", x: epochs, y: penalty, stroke: "var(--layer-1)", width: 2 }];
    charts.push({ title: "Penalty", lines, y: {}, height: 6.5, ratio: 0.3 });
  }
  const idle = report.idle && idleLines(report);
  if (idle?.length)
    charts.push({ title: "Hidden units (share)", lines: idle, y: { low: 0, high: 1 }, height: 6.5, ratio: 0.3 });
  const legend = () =>
    [
      "Training: averaged over the epoch while the weights were changing. Validation: at the end of the epoch.",
      ...(report.ghost ? ["Grey, dotted: the validation of the recorded run."] : []),
      ...(hasBetween ? ["Between the logged epochs: both, with the weights at the recorded ones."] : []),
      ...(hasGuess ? ["Guessing: the loss of the best constant prediction for the training points."] : []),
      ...(penalty.length ? ["The loss excludes the penalty."] : []),
      ...(isLog ? ["The loss axis is logarithmic."] : []),
      ...(range.isCut
        ? [`${capitalized(report.metric_label)} below ${numberText(range.low, 2)} is on the lower edge.`]
        : []),
      ...(state.even ? [] : ["The epoch axis is stretched at the start."]),
      ...(idle ?? []).map(({ name }) => IDLE_MEANING[name]),
      ...(report.frames ? ["Click to jump to that epoch."] : []),
    ].join(" ");
  return { charts, max, legend };
}

/** The lines of validation of a recorded run, as they stay behind those of another training. */
function ghostOf(report) {
  const history = (name) => report.arrays[`curve/${name}`]?.values ?? [];
  const epochs = Array.from(history("epoch"));
  const line = (name) => ({ name: "", x: epochs, y: Array.from(history(`val_${name}`)), stroke: "var(--muted)", dash: "2,3", width: 1.5 });
  return { max: d3.max(epochs) ?? 0, lines: Object.fromEntries(["loss", report.metric].map((name) => [name, [line(name)]])), report };
}

const IDLE_MEANING = {
  off: "Off: no gradient for any training point.",
  "always on": "Always on: linear on all training points.",
  saturated: "Saturated: at the ends of its range on most training points.",
};

/** The range of all values, but without R² so low that it would squash the rest. */
function metricRange(lines) {
  const values = lines.flatMap(({ y }) => [...y]).filter(Number.isFinite);
  const [least, high] = [d3.min(values) ?? 0, d3.max(values) ?? 1];
  return { low: Math.max(high - 2, least), high, isCut: least < high - 2 };
}

/** The shares of units that are off, always on or saturated, if there are any in some frame. */
function idleLines(report) {
  const named = {
    off: ["off", "var(--layer-2)", "6,3"],
    always_on: ["always on", "var(--layer-3)", "2,3"],
    saturated: ["saturated", "var(--layer-1)", null],
  };
  return Object.entries(named).flatMap(([key, [name, stroke, dash]]) => {
    const values = report.idle[key];
    return values && d3.max(values) > 0 ? [{ name, x: report.frames.epoch, y: values, stroke, dash, width: 2 }] : [];
  });
}
