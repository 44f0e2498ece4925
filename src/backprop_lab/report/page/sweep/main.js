// The page of a sweep: a store of the selection, and panels that show it.

const USUAL_THRESHOLD = 0.97;

/** The selection: metric, setting, settings kept by ranges, threshold, theme; mirrored in the URL. */
function sweepStore(sweep) {
  const address = new URLSearchParams(location.hash.slice(1));
  const listeners = [];
  const first = sweep.metrics[0];
  const metric = metricOf(sweep, address.get("metric")) ?? first;
  const setting = Number(address.get("setting"));
  const state = {
    metric: metric?.name,
    setting: Number.isInteger(setting) && setting >= 0 && setting < sweep.settings.length ? setting : 0,
    kept: null,
    threshold: metric ? usualThreshold(sweep, metric) : null,
    theme: ["light", "dark"].includes(address.get("theme")) ? address.get("theme") : "auto",
  };
  const change = (changed) => {
    Object.assign(state, changed);
    const written = new URLSearchParams();
    if (state.metric !== first?.name) written.set("metric", state.metric);
    if (state.setting !== 0) written.set("setting", state.setting);
    if (state.theme !== "auto") written.set("theme", state.theme);
    history.replaceState(null, "", `#${written}`);
    for (const listener of listeners) listener(state);
  };
  return { state, change, listen: (listener) => listeners.push(listener) };
}

/** 0.97 for accuracy and R²; for a loss, the median of the best setting. */
function usualThreshold(sweep, metric) {
  if (!metric.is_loss) return USUAL_THRESHOLD;
  const median = spreadOf(sweep.settings[0], metric.name)?.median;
  return isNumber(median) ? Number(median.toPrecision(2)) : null;
}

function metricChoice(sweep, store) {
  const select = byId("metric");
  select.append(...sweep.metrics.map((metric) => make("option", { value: metric.name, selected: metric.name === store.state.metric }, metric.label)));
  const threshold = byId("threshold");
  const show = () => {
    const metric = metricOf(sweep, store.state.metric);
    byId("threshold-sign").textContent = `${metric.label} ${metric.is_loss ? "at most" : "at least"}`;
    if (document.activeElement !== threshold) threshold.value = store.state.threshold ?? "";
  };
  select.addEventListener("change", () => {
    const metric = metricOf(sweep, select.value);
    store.change({ metric: metric.name, threshold: usualThreshold(sweep, metric) });
  });
  threshold.addEventListener("input", () => store.change({ threshold: threshold.value === "" ? null : Number(threshold.value) }));
  threshold.closest("label").hidden = !sweep.hasSeeds;
  return { show };
}

async function openSweep() {
  if (!canRead()) {
    byId("too-old").hidden = false;
    return;
  }
  const { data, arrays } = await readData();
  const sweep = readSweep(data, arrays);
  const store = sweepStore(sweep);
  const panels = [];
  let grid = null;
  enableThemes(store.state.theme, (theme) => {
    store.change({ theme });
    grid?.redraw();
  });
  byId("panels").hidden = false;
  enableCopying();
  enablePrinting((isPrinting) => {
    const shown = isPrinting ? { ...store.state, theme: "print" } : store.state;
    grid?.redraw();
    for (const panel of panels) panel.show(shown);
    drawAtOnce();
  });
  if (byId("grid")) {
    byId("grid").hidden = sweep.settings.length < 2;
    byId("grid").parentElement.classList.toggle("single", sweep.settings.length < 2);
    grid = gridPanel(sweep, store);
    grid.redraw();
    panels.push(metricChoice(sweep, store), grid, settingPanel(sweep), learningPanel(sweep, store), parametersPanel(sweep, store), pathsPanel(sweep, store));
  }
  panels.push(tablePanel(sweep, store));
  for (const panel of panels) {
    store.listen(panel.show);
    panel.show(store.state);
  }
  whenIdle(() => {}); // so that data-drawn is set even if there is nothing to draw
  requestAnimationFrame(() => requestAnimationFrame(() => (document.documentElement.dataset.ready = "")));
}

openSweep();
