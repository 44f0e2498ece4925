// The learning curves of the selected setting and of another one, and the interval of their difference.

const FEWEST_PAIRS = 2;

function learningPanel(sweep, store) {
  const chart = byId("learning-chart");
  const select = byId("learning-other");
  const others = sweep.settings.filter((setting) => setting.curves);
  byId("learning").hidden = others.length === 0;
  if (!others.length) return { show() {} };
  const label = byId("learning-other").closest("label");
  label.hidden = sweep.settings.length < 2;
  select.append(...others.map((setting) => make("option", { value: setting.index }, setting.label)));
  if (sweep.settings.length > 1) select.value = others.find((setting) => setting.index > 0)?.index ?? 0;
  const lines = (state) => {
    const chosen = sweep.settings[state.setting];
    const other = sweep.settings.length > 1 ? sweep.settings[Number(select.value)] : chosen;
    return [chosen, ...(other === chosen ? [] : [other])];
  };
  let drawn = null;
  const show = (state) => {
    const metric = metricOf(sweep, state.metric);
    const shown = lines(state);
    const key = [state.metric, ...shown.map((setting) => setting.index)].join();
    if (drawn === key) return;
    drawn = key;
    byId("learning-title").textContent = `Learning curves: ${metric.label}`;
    chart.replaceChildren();
    const drawable = shown.filter((setting) => setting.curves?.bands[metric.name]);
    if (drawable.length) lineChart(chart, learningChart(sweep, drawable, metric));
    byId("learning-difference").textContent = differenceText(shown, metric);
    byId("learning-legend").textContent = learningLegend(drawable, shown, metric);
  };
  select.addEventListener("change", () => show(store.state));
  return { show };
}

/** The options of `lineChart`: for each setting its median, and as an area the middle 80 % of its jobs. */
function learningChart(sweep, settings, metric) {
  const looks = [{ stroke: "var(--series-1)", dash: null }, { stroke: "var(--series-2)", dash: "6,3" }];
  const of = (value) => (metric.is_distance ? 1 - value : value);
  const lines = settings.map((setting, i) => {
    const [low, median, high] = setting.curves.bands[metric.name].map((values) => values.map(of));
    const area = setting.curves.jobs > 1 ? { low, high } : null;
    return { name: settings.length > 1 ? "AB"[i] : "median", x: setting.curves.epochs, y: median, area, width: 2.2, ...looks[i] };
  });
  const values = lines.flatMap(({ y, area }) => [...y, ...(area ? [...area.low, ...area.high] : [])]).filter(isNumber);
  const [low, high] = d3.extent(values);
  const isLog = metric.is_loss && low > 0 && high / low > 20;
  return {
    title: `Learning curves: ${metric.label}`,
    lines,
    x: { label: "epoch", max: d3.max(settings, (setting) => d3.max(setting.curves.epochs)) },
    y: { log: isLog, low, high },
    height: 13,
  };
}

function learningLegend(drawable, shown, metric) {
  const names = shown.length > 1 ? shown.map((setting, i) => `${"AB"[i]}: ${setting.label}`) : [];
  if (metric.is_score) return `${[...names, "This is measured at the end of a training: there are no curves"].join(". ")}.`;
  const missing = shown.filter((setting) => !drawable.includes(setting)).map((setting) => `no curves of ${setting.label}`);
  const counts = drawable.map((setting) => {
    const finished = finishedOf(setting);
    return setting.curves.jobs < finished ? `${setting.curves.jobs} of ${wholeText(finished)} jobs` : `${wholeText(finished)} ${finished === 1 ? "job" : "jobs"}`;
  });
  const what = `Line: median of the finished jobs${drawable.some((setting) => setting.curves.jobs > 1) ? "; area: the middle 80 %" : ""} (${counts.join("; ")}), over the epochs that all of them logged`;
  return `${[...names, ...missing, ...(counts.length ? [what] : [])].join(". ")}.`;
}

/** The metric of both settings for each seed, or for each fold as a mean over its seeds. */
function pairsOf(a, b, metric) {
  const means = [a, b].map((setting) => {
    const known = setting.jobs.filter((job) => job.isSample && isNumber(job.metrics[metric.name]) && (job.fold ?? job.seed) !== null);
    return d3.rollup(known, (jobs) => d3.mean(jobs, (job) => job.metrics[metric.name]), (job) => job.fold ?? job.seed);
  });
  return [...means[0]].filter(([unit]) => means[1].has(unit)).map(([unit, value]) => [value, means[1].get(unit)]);
}

/** What the seeds that both settings have say about their difference. */
function differenceText([a, b], metric) {
  if (b === undefined) return "";
  if (a.problem !== b.problem) return "These settings may solve different problems, so their numbers are not compared.";
  const pairs = pairsOf(a, b, metric);
  const differences = pairs.map(([x, y]) => x - y);
  const unit = a.jobs.some((job) => isNumber(job.fold)) ? "fold" : "seed";
  if (differences.length < FEWEST_PAIRS) return `Fewer than two ${unit}s finished in both settings: too few for an interval of their difference.`;
  if (new Set(differences).size === 1) {
    const areEqual = [0, 1].every((side) => new Set(pairs.map((pair) => pair[side])).size === 1);
    return `A − B, ${metric.label}: ${shortText(differences[0])} with each of ${wholeText(differences.length)} ${unit}s${areEqual ? `: the ${unit} changes nothing here` : ""}.`;
  }
  const { mean, low, high } = differenceInterval(differences);
  const said = low > 0 || high < 0 ? "it does not hold 0" : low === 0 && high === 0 ? "there is none" : `it holds 0, so these ${unit}s do not tell the two apart`;
  return `A − B, ${metric.label}: ${shortText(mean)} on average; 95 % interval from ${shortText(low)} to ${shortText(high)}: ${said}. Paired by ${wholeText(differences.length)} ${unit}s, Student's t.${unit === "fold" ? " Folds have training points in common, so the interval is rather too narrow." : ""}`;
}
