// Reads the data and starts the panels.

async function openReport() {
  enableCopying();
  if (!canRead()) {
    byId("too-old").hidden = false;
    document.documentElement.dataset.ready = "";
    return;
  }
  const { data, arrays } = await readData();
  const at = Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, reader(array)]));
  const report = {
    ...data,
    arrays,
    at,
    places: weightPlaces(data.layers ?? []),
    code: arrays.code && textData(arrays.code),
    isPulled: false, // whether a single moment is shown with another weight
    trained: null, // the recorded run, trained again in this page
    live: arrays.live && textData(arrays.live),
    ghost: null, // the recorded run, while another training is shown
    film: null, // of that training
    edit: null, // what sets points of one's own, once the page can train
    pull: null, // pull(place, value) sets a weight, once the page can train
  };
  Object.assign(state, stateOf(location.hash, report));
  byId("panels").hidden = false;
  if (report.frames) byId("live").hidden = whyNotAgain(report) !== "";
  enableThemes(state.theme, (theme) => {
    change({ theme });
    announce("theme"); // also when the system changed it, not the switch
  });
  enablePrinting(() => {
    announce("theme");
    renderPending();
  });
  const panels = (entries, ...starts) => {
    const part = rebuilding(() => starts.forEach((start) => start(report)));
    follow(entries, part);
    return part;
  };
  panels(["shape", "whole"], startCurves);
  if (report.frames) {
    startFilm(report);
    panels(["shape", "points"], startAnswer);
    panels(["shape"], startNetwork);
    const lower = [
      panels(["whole"], startConfusion, startCell, startTruth, startImportance, startPixels),
      panels(["whole"], startSteps),
      panels(["whole"], startSpaces),
      panels(["whole", "trained"], startXray),
      panels(["whole"], startLandscape),
    ];
    // They stay as they are until what they show next is complete.
    report.rest = () => lower.forEach(({ end }) => end());
    enableFindings();
    enableKeys(report);
    keepAddress(report);
  }
  for (const link of document.querySelectorAll("a[href^='#']")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      byId(link.hash.slice(1)).scrollIntoView();
    });
  }
  // Two animation frames later everything that depends on widths is drawn too.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      document.documentElement.dataset.ready = "";
      if (!report.frames) return;
      startCheck(report, (training) => {
        report.trained = training;
        announce("trained");
        startLive(report);
      });
    }),
  );
  return report;
}

globalThis.opened = openReport(); // the report, for whoever looks into the page
