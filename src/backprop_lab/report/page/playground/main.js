// A page without a recorded run: it trains what its address says.

async function openPlayground() {
  enableCopying();
  if (!canRead()) {
    byId("too-old").hidden = false;
    document.documentElement.dataset.ready = "";
    return;
  }
  const { arrays } = await readData();
  const [live, code] = [textData(arrays.live), textData(arrays.code)];
  const { config, formulas } = live;
  const training = new LiveTraining(config, formulas, pointsOf(config, formulas));
  const report = { ...reportParts(), live, code, isOpen: true, arrays: {}, ...liveReport(training, live) };
  Object.assign(state, stateOf(location.hash, report));
  byId("live").hidden = false;
  byId("live-open").open = true;
  openPanels(report);
  whenDrawn(() => startLive(report, null));
  return report;
}

globalThis.opened = openPlayground(); // the report, for whoever looks into the page
