// Reads the data and starts the panels.

async function openReport() {
  enableCopying();
  if (!canRead()) {
    byId("too-old").hidden = false;
    document.documentElement.dataset.ready = "";
    return;
  }
  const { data, arrays } = await readData();
  const report = {
    ...data,
    ...reportParts(),
    arrays,
    at: Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, reader(array)])),
    places: weightPlaces(data.layers ?? []),
    code: arrays.code && textData(arrays.code),
    live: arrays.live && textData(arrays.live),
  };
  Object.assign(state, stateOf(location.hash, report));
  if (report.frames) byId("live").hidden = whyNotAgain(report) !== "";
  openPanels(report, startImportance, startPixels);
  if (report.frames) enableFindings();
  whenDrawn(() => {
    if (!report.frames) return;
    startCheck(report, (training) => {
      report.trained = training;
      announce("trained");
      startLive(report, { ...report });
    });
  });
  return report;
}

globalThis.opened = openReport(); // the report, for whoever looks into the page
