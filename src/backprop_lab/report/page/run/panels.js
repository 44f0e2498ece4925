// Starts the panels of a report, recorded or trained in the page.

/** `more` are panels that only a recorded run has. */
function openPanels(report, ...more) {
  byId("panels").hidden = false;
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
  /** Panels of a training that has ended. */
  const lowerPanels = (entries, ...starts) => panels(entries, ...starts.map((start) => (ended) => ended.sizes && start(ended)));
  panels(["kind", "whole"], startCurves);
  if (report.frames) {
    follow(["kind"], () => showKind(report));
    startFilm(report);
    panels(["kind", "shape", "counts"], startLegend);
    panels(["kind"], startAnswer);
    panels(["shape"], startNetwork);
    const lower = [
      lowerPanels(["whole"], startConfusion, startCell, startTruth, ...more),
      lowerPanels(["whole"], startSteps),
      lowerPanels(["whole"], startSpaces),
      lowerPanels(["whole", "trained"], startXray),
      lowerPanels(["whole"], startLandscape),
    ];
    // They stay as they are until what they show next is complete.
    report.rest = () => lower.forEach(({ end }) => end());
    enableKeys(report);
    keepAddress(report);
  }
  for (const link of document.querySelectorAll("a[href^='#']")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      byId(link.hash.slice(1)).scrollIntoView();
    });
  }
}

/** Show the texts and panels for the kind of prediction: of a line, of classes or of values over the plane. */
function showKind({ is_line: isLine, is_classification: isClassification }) {
  const kind = isLine ? "line" : isClassification ? "classes" : "values";
  for (const part of document.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(kind);
}

/** The parts of a report that a page fills while it is looked at. */
function reportParts() {
  return {
    isPulled: false, // whether a single moment is shown with another weight
    trained: null, // the recorded run, trained again in this page
    ghost: null, // the recorded run, while another training is shown
    film: null, // of that training
    edit: null, // what sets own points, once the page can train
    pull: null, // pull(place, value) sets a weight, once the page can train
  };
}

/** Say that everything is drawn, also what depends on widths: two animation frames later. */
function whenDrawn(then) {
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      document.documentElement.dataset.ready = "";
      then();
    }),
  );
}
