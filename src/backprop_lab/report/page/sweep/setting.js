// The selected setting: all its seeds on one plane, their distribution, and each seed with a link to its page.

const MOST_SEEDS = 60;
const FEW_SEEDS = 5;
const MANY_DOTS = 150;

function settingPanel(sweep) {
  let drawn = null;
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
    const values = numbersOf(setting.jobs, metric.name);
    if (values.length >= FEW_SEEDS) onWidth(chart, (width) => chart.replaceChildren(seedsChart(values, metric, width, state.threshold)));
    seeds.append(...seedThumbnails(sweep, setting, metric));
  };
  return { show };
}

function settingWords(sweep, setting, metric, state) {
  const values = numbersOf(setting.jobs, metric.name);
  const found = spread(values);
  const rows = [];
  const name = metric.label[0].toUpperCase() + metric.label.slice(1);
  if (found === null) rows.push(withoutNumber(setting.jobs[0], metric));
  else if (found.count === 1) rows.push(`${name} ${shortText(found.mean)}`);
  else {
    rows.push(`${name}: median ${shortText(found.median)}, mean ${spreadText(values)}, from ${shortText(found.min)} to ${shortText(found.max)}`);
    if (state.threshold !== null) {
      const good = values.filter((value) => isGood(metric, value, state.threshold)).length;
      rows.push(`${wholeText(good)} of ${wholeText(setting.jobs.length)} jobs reach ${metric.is_loss ? "at most" : "at least"} ${tickText(state.threshold)}`);
    }
  }
  const missing = setting.jobs.filter((job) => job.status !== "finished").length;
  if (missing && found !== null) rows.push(`✕ ${wholeText(missing)} of ${wholeText(setting.jobs.length)} did not finish`);
  return make("div", {}, ...rows.map((row) => make("p", {}, row)));
}

/** The distribution of the seeds: a dot each, or a histogram for very many. */
function seedsChart(values, metric, width, threshold) {
  const size = CHART_TEXT * rem();
  const { low, high } = metricDomain(values, false);
  const isShown = threshold !== null && threshold >= low && threshold <= high;
  const inside = values.map((value) => Math.min(high, Math.max(low, value)));
  const marks =
    values.length <= MANY_DOTS
      ? [Plot.dotX(inside, Plot.dodgeY({ x: (value) => value, r: size / 5, fill: "var(--ink)", anchor: "bottom", padding: 0.5 }))]
      : [Plot.rectY(inside, Plot.binX({ y: "count" }, { x: (value) => value, thresholds: 30, fill: "var(--muted)", insetLeft: 0.5, insetRight: 0.5 }))];
  return plotted({
    ariaLabel: `Distribution of ${metric.label} over ${values.length} jobs, from ${shortText(d3.min(values))} to ${shortText(d3.max(values))}`,
    width,
    height: size * 8,
    marginLeft: size * 1.5,
    marginRight: size * 1.5,
    marginTop: size * 0.5,
    marginBottom: size * 2,
    x: { domain: [low, high], axis: null },
    y: { axis: null },
    marks: [
      ...marks,
      isShown ? Plot.ruleX([threshold], { stroke: "var(--training)", strokeDasharray: "3,3" }) : null,
      Plot.frame({ anchor: "bottom", stroke: "var(--muted)" }),
      Plot.axisX(d3.ticks(low, high, Math.max(2, width / size / 8)), { tickFormat: tickText, label: null, tickSize: 3, fill: "var(--muted)" }),
    ],
  });
}

/** The jobs of a setting from best to worst; for very many, an even sample of those with a picture and the failed ones. */
function seedThumbnails(sweep, setting, metric) {
  if (setting.jobs.length === 1) return [wayToPage(sweep, setting.jobs[0])];
  const isSampled = setting.jobs.some((job) => job.picture !== null); // otherwise no job has anything to draw
  const shows = (job) => job.status !== "finished" || job.picture !== null || !isSampled;
  const sorted = bestFirst(setting.jobs.filter(shows), metric);
  const count = Math.min(sorted.length, MOST_SEEDS);
  const shown = d3.range(count).map((i) => sorted[Math.round((i * (sorted.length - 1)) / Math.max(count - 1, 1))]);
  const way = make("div", { "aria-live": "polite" });
  const said = count < setting.jobs.length ? `${count} of ${wholeText(setting.jobs.length)} jobs, evenly from best to worst:` : "Every job, best first:";
  const thumbnails = shown.map((job) => {
    const value = job.metrics[metric.name];
    const name = [job.seed === null ? `job ${job.number}` : `seed ${job.seed}`, isNumber(value) ? shortText(value) : withoutNumber(job, metric)];
    const inside = [pictureOf(sweep, setting.plane, [job]), ...name.map((text) => make("span", {}, text))];
    if (job.hasPage) return make("a", { class: "thumbnail", href: pageOf(job), "aria-label": `${name.join(", ")}: open its page` }, ...inside);
    const tell = () => way.replaceChildren(wayToPage(sweep, job));
    return make("button", { type: "button", class: "thumbnail", "aria-label": `${name.join(", ")}: how to make its page`, click: tell }, ...inside);
  });
  return [make("p", { class: "legend" }, said), make("div", { class: "thumbnails scrolls" }, ...thumbnails), way];
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
