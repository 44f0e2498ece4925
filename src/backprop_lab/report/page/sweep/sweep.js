// The settings of a sweep and the distribution of their metrics. A setting is all jobs that differ only in seed and fold.

/** Jobs and settings as objects that refer to each other; the best setting is first, if all can be ranked. */
function readSweep(data, arrays) {
  const { number, seed, fold, status, seconds, epochs, picture, has_page: hasPage, is_sample: isSample, metrics } = data.jobs;
  const jobs = number.map((jobNumber, i) => ({
    number: jobNumber,
    seed: seed ? seed[i] : null,
    fold: fold ? fold[i] : null,
    status: status[i],
    seconds: seconds[i],
    epochs: epochs[i],
    picture: picture[i],
    hasPage: hasPage[i],
    isSample: isSample[i],
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, values]) => [name, values[i]])),
  }));
  const settings = data.settings.map((setting, index) => ({
    index,
    values: setting.values,
    problem: setting.problem,
    curves: setting.curves,
    whole: setting.whole,
    plane: setting.plane === null ? null : data.planes[setting.plane],
    jobs: setting.jobs.map((i) => jobs[i]),
    label: data.keys.map((key, k) => `${key.label} ${valueText(setting.values[k])}`).join(", ") || "All jobs",
  }));
  for (const setting of settings) for (const job of setting.jobs) job.setting = setting;
  return { ...data, arrays, jobs, settings, hasSeeds: settings.some((setting) => setting.jobs.length > 1) };
}

/** What a job is called among those of its setting. */
function jobName({ number, seed, fold }) {
  const parts = [...(fold === null ? [] : [`fold ${fold}`]), ...(seed === null ? [] : [`seed ${seed}`])];
  return parts.join(", ") || `job ${number}`;
}

function valueText(value) {
  return value === null ? "not set" : value;
}

function metricOf(sweep, name) {
  return sweep.metrics.find((metric) => metric.name === name);
}

/** The finite values of a metric among some jobs, or among those that stand for all. */
function numbersOf(jobs, name) {
  return jobs.filter((job) => job.isSample).map((job) => job.metrics[name]).filter(isNumber);
}

/** How many jobs a setting has: of very many the page lists only some. */
function jobsOf({ whole, jobs }) {
  return whole?.jobs ?? jobs.length;
}

function finishedOf({ whole, jobs }) {
  return whole?.finished ?? jobs.filter((job) => job.status === "finished").length;
}

/** The `spread` of a metric over all jobs of a setting. */
function spreadOf({ whole, jobs }, name) {
  return whole === null ? spread(numbersOf(jobs, name)) : (whole.metrics[name] ?? null);
}

/** The mean of a metric over all jobs of a setting; undefined if none has it. */
function meanOfAll(setting, name) {
  return spreadOf(setting, name)?.mean;
}

/** The `spread` over all jobs of several settings: deciles and medians of very many are those of the listed sample. */
function spreadOfSettings(settings, name) {
  if (settings.length === 1) return spreadOf(settings[0], name);
  const found = spread(settings.flatMap((setting) => numbersOf(setting.jobs, name)));
  const each = settings.map((setting) => spreadOf(setting, name)).filter((one) => one !== null);
  const count = d3.sum(each, (one) => one.count);
  return found === null ? null : { ...found, count, mean: d3.sum(each, (one) => one.count * one.mean) / count };
}

/** The text for a job without a number: its status, or that it lacks the metric. */
function withoutNumber(job, metric) {
  return job.status === "finished" ? `no ${metric.label.replace(/^\S+ /, "")}` : job.status;
}

/** Count, median, first and ninth decile, mean, standard deviation, minimum and maximum; null for no values. */
function spread(values) {
  if (values.length === 0) return null;
  return {
    count: values.length,
    median: d3.median(values),
    low: d3.quantile(values, 0.1),
    high: d3.quantile(values, 0.9),
    mean: d3.mean(values),
    deviation: d3.deviation(values) ?? null,
    min: d3.min(values),
    max: d3.max(values),
  };
}

/** Mean ± standard deviation as text. */
function spreadText(found) {
  if (found === null) return "–";
  return found.deviation === null ? shortText(found.mean) : `${shortText(found.mean)} ± ${shortText(found.deviation)}`;
}

/** Three decimals if the value is not far from 1. */
function shortText(value) {
  if (!isNumber(value)) return numberText(value);
  const size = Math.abs(value);
  return size === 0 || (size >= 0.001 && size < 1000) ? value.toFixed(3).replace("-", "−") : numberText(value, 3);
}

/** Whether a value of a metric is as good as the threshold or better. */
function isGood(metric, value, threshold) {
  return isNumber(value) && (metric.is_loss ? value <= threshold : value >= threshold);
}

/** Jobs from best to worst; those without the metric last. */
function bestFirst(jobs, metric) {
  if (metric === undefined) return jobs;
  const worth = (job) => {
    const value = job.metrics[metric.name];
    return isNumber(value) ? (metric.is_loss ? -value : value) : -Infinity;
  };
  return d3.sort(jobs, (a, b) => d3.descending(worth(a), worth(b)));
}

/**
 * The drawn range of a metric: its 1st to 99th percentile, extended to the extremes if they are close. A few exploded
 * values would flatten all others.
 */
function metricDomain(values, isLoss) {
  if (values.length === 0) return { low: 0, high: 1, isLog: false };
  const [min, max] = d3.extent(values);
  const [low, high] = [d3.quantile(values, 0.01), d3.quantile(values, 0.99)];
  const room = (high - low) / 2;
  const isLog = isLoss && min > 0 && max / min > 20;
  if (isLog) return { low: min, high: max / high < 100 ? max : high, isLog };
  const domain = { low: min < low - room ? low : min, high: max > high + room ? high : max, isLog };
  if (domain.low === domain.high) {
    const margin = Math.min(0.01, Math.abs(domain.low) / 2) || 0.01;
    // No loss is below 0, and no accuracy or R² above 1.
    const [least, most] = isLoss ? [0, Infinity] : [-Infinity, 1];
    return { low: Math.max(least, domain.low - margin), high: Math.min(most, domain.high + margin), isLog };
  }
  return domain;
}

/** Whether the numbers of a key need a logarithmic axis. */
function isLogarithmic(numbers) {
  return d3.min(numbers) > 0 && d3.max(numbers) / d3.min(numbers) >= 8;
}

/** The share of the variance of the settings' means that each key explains, from 0 to 1. */
function influence(sweep, name) {
  const known = sweep.settings
    .map((setting) => ({ setting, mean: meanOfAll(setting, name) }))
    .filter(({ mean }) => isNumber(mean));
  const all = d3.variance(known, (each) => each.mean) || 1;
  const middle = d3.mean(known, (each) => each.mean);
  return sweep.keys.map((_, k) => {
    const groups = d3.groups(known, (each) => each.setting.values[k]).map(([, group]) => group);
    const between = d3.sum(groups, (group) => group.length * (d3.mean(group, (each) => each.mean) - middle) ** 2);
    return between / all / Math.max(1, known.length - 1);
  });
}

/** A Plot chart as one labelled image: the labels that Plot gives to its parts help nobody. */
function plotted(options) {
  const size = CHART_TEXT * rem();
  const svg = Plot.plot({ className: "plot", style: { fontSize: `${size}px`, fontFamily: "inherit", background: "none" }, ...options });
  svg.setAttribute("role", "img");
  for (const part of svg.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
  return svg;
}
