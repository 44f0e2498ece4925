// The selected setting: all its seeds on one plane, their distribution, and each seed with a link to its page.

const MOST_SEEDS = 60;
const FEW_SEEDS = 5;
const MANY_DOTS = 150;

function settingPanel(sweep) {
  let drawn = null;
  let isWorstFirst = false;
  const content = byId("setting-content");
  const show = (state) => {
    const setting = sweep.settings[state.setting];
    const metric = metricOf(sweep, state.metric);
    const key = [state.setting, state.metric, state.threshold, state.theme].join();
    if (drawn === key) return;
    drawn = key;
    byId("setting-title").textContent = sweep.settings.length > 1 ? setting.label : sweep.jobs.length > 1 ? "All jobs" : "The job";
    const parts = [pictureOf(sweep, setting.plane, setting.jobs, { points: true }), settingWords(sweep, setting, metric, state)];
    const seeds = make("div", { class: "seeds-list" });
    const chart = make("div", { class: "chart" });
    content.replaceChildren(make("div", { class: "setting-top" }, parts[0], make("div", {}, parts[1], chart)), seeds);
    const found = spreadOf(setting, metric.name);
    const values = numbersOf(setting.jobs, metric.name);
    if (found?.count >= FEW_SEEDS) onWidth(chart, (width) => chart.replaceChildren(seedsChart(found, values, metric, width, state.threshold)));
    const turn = () => {
      isWorstFirst = !isWorstFirst;
      list();
      seeds.querySelector(".turn").focus();
    };
    const list = () => seeds.replaceChildren(...seedThumbnails(sweep, setting, metric, isWorstFirst, turn));
    list();
  };
  return { show };
}

function settingWords(sweep, setting, metric, state) {
  const found = spreadOf(setting, metric.name);
  const rows = [];
  const name = metric.label[0].toUpperCase() + metric.label.slice(1);
  if (found === null) rows.push(withoutNumber(setting.jobs[0], metric));
  else if (found.count === 1) rows.push(`${name} ${shortText(found.mean)}`);
  else {
    rows.push(`${name}: mean ${spreadText(found)}, median ${shortText(found.median)}, from ${shortText(found.min)} to ${shortText(found.max)}`);
    if (state.threshold !== null) {
      rows.push(`${goodText(setting, found, metric, state.threshold)} of ${wholeText(jobsOf(setting))} jobs reach ${metric.is_loss ? "at most" : "at least"} ${tickText(state.threshold)}`);
    }
  }
  const missing = jobsOf(setting) - finishedOf(setting);
  if (missing && found !== null) rows.push(`✕ ${wholeText(missing)} of ${wholeText(jobsOf(setting))} did not finish`);
  return make("div", {}, ...rows.map((row) => make("p", {}, row)));
}

/** How many jobs of a setting are good enough; of very many what their quantiles say of it. */
function goodText({ whole, jobs }, found, metric, threshold) {
  if (whole === null) return wholeText(numbersOf(jobs, metric.name).filter((value) => isGood(metric, value, threshold)).length);
  const { quantiles, count, min, max } = found;
  if (metric.is_loss ? threshold >= max : threshold <= min) return wholeText(count);
  if (metric.is_loss ? threshold < min : threshold > max) return "0";
  const at = (metric.is_loss ? d3.bisectRight : d3.bisectLeft)(quantiles, threshold, 1, quantiles.length - 1);
  const [low, high] = [quantiles[at - 1], quantiles[at]];
  const below = (at - 1 + (high > low ? Math.min(1, Math.max(0, (threshold - low) / (high - low))) : 0)) / (quantiles.length - 1);
  return `about ${wholeText(Math.round(count * (metric.is_loss ? below : 1 - below)))}`;
}

const TALLEST = 12; // dots above each other, for which there is room

/** The distribution of the seeds from the lowest to the highest: a dot each, or for very many a histogram. */
function seedsChart(found, values, metric, width, threshold) {
  const size = CHART_TEXT * rem();
  const domain = wholeDomain([found.min, found.max], metric);
  const { low, high, isLog } = domain;
  const isShown = threshold !== null && threshold >= low && threshold <= high;
  const tallest = d3.max(d3.rollup(values, (same) => same.length, (value) => value).values());
  const isMany = found.count > MANY_DOTS || tallest > TALLEST;
  const bins = isMany ? (binsOfAll(found) ?? binsOf(values, domain)) : [];
  const most = d3.max(bins, (bin) => bin.length) ?? 0;
  const counts = isMany ? d3.range(Math.floor(Math.log10(most)) + 1).map((power) => 10 ** power) : [];
  // A logarithm keeps single jobs visible beside hundreds.
  const marks = isMany
    ? [
        Plot.gridY(counts, { stroke: "var(--line)", strokeOpacity: 1 }),
        Plot.axisY(counts, { tickFormat: wholeText, label: null, tickSize: 0, fill: "var(--muted)" }),
        Plot.rect(bins.filter((bin) => bin.length), { x1: "x0", x2: "x1", y1: 0.7, y2: "length", fill: "var(--muted)", insetLeft: 0.5, insetRight: 0.5, title: binText }),
      ]
    : [Plot.dotX(values, Plot.dodgeY({ x: (value) => value, r: size / 5, fill: "var(--ink)", anchor: "bottom", padding: 0.5 }))];
  const svg = plotted({
    ariaLabel: `Distribution of ${metric.label} over ${wholeText(found.count)} jobs, from ${shortText(found.min)} to ${shortText(found.max)}`,
    width,
    height: size * 8,
    marginLeft: size * 1.5 + (isMany ? textWidth(wholeText(counts.at(-1)), CHART_TEXT) : 0),
    marginRight: size * 1.5,
    marginTop: size * (isMany ? 1.5 : 0.5),
    marginBottom: size * 2,
    x: { type: isLog ? "log" : "linear", domain: [low, high], axis: null },
    y: isMany ? { type: "log", domain: [0.7, most], axis: null } : { axis: null },
    marks: [
      ...marks,
      isShown ? Plot.ruleX([threshold], { stroke: "var(--training)", strokeDasharray: "3,3" }) : null,
      Plot.frame({ anchor: "bottom", stroke: "var(--muted)" }),
      Plot.axisX(axisOf(domain, width / size / 8), { tickFormat: tickText, label: null, tickSize: 3, fill: "var(--muted)" }),
    ],
  });
  if (isMany) svg.append(draw("text", { x: 0, y: size * 0.9, class: "counted", "font-size": size }, "jobs (logarithmic)"));
  return svg;
}

/** The range of all values: here the rare ones count. */
function wholeDomain(values, metric) {
  const [low, high] = d3.extent(values);
  return low === high ? metricDomain(values, metric.is_loss) : { low, high, isLog: metric.is_loss && low > 0 && high / low > 20 };
}

function axisOf({ low, high, isLog }, count) {
  return isLog ? yAxis([{ y: [low, high] }], { log: true, low, high }, 2 * count).ticks : d3.ticks(low, high, Math.max(2, count));
}

const BINS = 30;

/** Bins of equal width on the axis. */
function binsOf(values, { low, high, isLog }) {
  const scale = (isLog ? d3.scaleLog : d3.scaleLinear)([low, high], [0, BINS]);
  const edges = d3.range(1, BINS).map((k) => scale.invert(k));
  return d3.bin().domain([low, high]).thresholds(edges)(values);
}

/** The bins of all jobs of a setting, where the page has them. */
function binsOfAll({ bins, edges }) {
  return bins?.length ? bins.map((length, i) => ({ length, x0: edges[i], x1: edges[i + 1] })) : null;
}

function binText(bin) {
  return `${wholeText(bin.length)} jobs from ${shortText(bin.x0)} to ${shortText(bin.x1)}`;
}

/** The jobs of a setting in order; for very many, an even sample of those with a picture and the failed ones. */
function seedThumbnails(sweep, setting, metric, isWorstFirst, turn) {
  if (setting.jobs.length === 1) return [wayToPage(sweep, setting.jobs[0])];
  const isSampled = setting.jobs.some((job) => job.picture !== null); // otherwise no job has anything to draw
  const shows = (job) => job.status !== "finished" || job.picture !== null || !isSampled;
  const ranked = bestFirst(setting.jobs.filter(shows), metric);
  const sorted = isWorstFirst ? ranked.toReversed() : ranked;
  const order = isWorstFirst ? ["worst to best", "worst"] : ["best to worst", "best"];
  const count = Math.min(sorted.length, MOST_SEEDS);
  const shown = d3.range(count).map((i) => sorted[Math.round((i * (sorted.length - 1)) / Math.max(count - 1, 1))]);
  const way = make("div", { "aria-live": "polite" });
  const said = count < jobsOf(setting) ? `${count} of ${wholeText(jobsOf(setting))} jobs, evenly from ${order[0]}:` : `Every job, ${order[1]} first:`;
  const thumbnails = shown.map((job) => {
    const value = job.metrics[metric.name];
    const name = [jobName(job), isNumber(value) ? shortText(value) : withoutNumber(job, metric)];
    const inside = [pictureOf(sweep, setting.plane, [job]), ...name.map((text) => make("span", {}, text))];
    if (job.hasPage) return make("a", { class: "thumbnail", href: pageOf(job), "aria-label": `${name.join(", ")}: open its page` }, ...inside);
    const tell = () => way.replaceChildren(wayToPage(sweep, job));
    return make("button", { type: "button", class: "thumbnail", "aria-label": `${name.join(", ")}: how to make its page`, click: tell }, ...inside);
  });
  const other = make("button", { type: "button", class: "turn", click: turn }, isWorstFirst ? "Best first" : "Worst first");
  return [make("p", { class: "legend" }, said, " ", other), make("div", { class: "thumbnails scrolls" }, ...thumbnails), way];
}

function pageOf(job) {
  return `${job.number}/report.html`;
}

/** The page of a job, or the command that makes it. */
function wayToPage(sweep, job) {
  if (job.hasPage) return make("p", {}, make("a", { href: pageOf(job) }, `The page of job ${job.number}`));
  const command = `${sweep.page_of_job}${job.number}`;
  return make("p", { class: "command" }, `Job ${job.number} has no page yet. Make it: `, make("code", {}, command));
}
