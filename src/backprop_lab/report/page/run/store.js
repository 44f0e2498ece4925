// The state of the page: every panel draws it, and the URL mirrors it, so that a moment can be linked to.

const state = {
  changes: {}, // of the configuration: key and value
  film: 0, // counts the pictures of a training in this page
  curves: 0, // counts those of its curves
  shape: 0, // counts networks of other layers
  kind: 0, // counts kinds of predictions, which need every panel anew
  points: 0, // counts sets of points
  counts: 0, // counts changes of how many points there are
  fields: 0, // counts when weights got fields to type into
  whole: 0, // counts trainings that have ended
  trained: 0, // counts when the recorded run has been trained again
  frame: 0,
  unit: null, // [layer, unit], counted from 0
  cell: null, // [true class, predicted class] of the confusion matrix
  view: "weights",
  switching: false,
  step: null, // the number of a step of the X-ray, counted from 1; null follows the film
  point: null, // the training point of the X-ray; null is the wrongest one
  even: false,
  playing: false,
  theme: "auto",
};
const listeners = [];
const pending = new Set();

/** Call `render()` now, and again in the next animation frame after one of these entries has changed. */
function follow(entries, render) {
  const listener = { entries, render };
  listeners.push(listener);
  atEnd(() => listeners.splice(listeners.indexOf(listener), 1));
  render();
}

function change(changes) {
  const changed = Object.keys(changes).filter((key) => state[key] !== changes[key]);
  Object.assign(state, changes);
  changed.forEach(announce);
}

/** Redraw everything that follows an entry. */
function announce(entry) {
  if (pending.size === 0) requestAnimationFrame(renderPending);
  pending.add(entry);
}

function renderPending() {
  const changed = [...pending];
  pending.clear();
  for (const listener of listeners.slice()) {
    const { entries, render } = listener;
    if (listeners.includes(listener) && entries.some((entry) => changed.includes(entry))) render();
  }
}

/** The state as a URL fragment, `optimizer.lr=0.3&epoch=12&unit=1.3`, without default values. */
function addressOf(epochs) {
  const said = new URLSearchParams();
  for (const [key, value] of Object.entries(state.changes)) said.set(key, hydraText(value));
  if (state.frame !== epochs.length - 1) said.set("epoch", epochs[state.frame]);
  if (state.unit) said.set("unit", state.unit.map((index) => index + 1).join("."));
  if (state.cell) said.set("cell", state.cell.map((index) => index + 1).join("."));
  if (state.view !== "weights") said.set("view", state.view);
  if (state.step !== null) said.set("step", state.step);
  if (state.point !== null) said.set("point", state.point + 1);
  if (state.even) said.set("scale", "even");
  if (state.theme !== "auto") said.set("theme", state.theme);
  return said.toString().replaceAll("%5B", "[").replaceAll("%5D", "]").replaceAll("%2C", ",");
}

/** The state in a URL fragment, as far as it is valid for this run. */
function stateOf(address, report) {
  const said = new URLSearchParams(address.replace(/^#/, ""));
  const whole = (text, below) => (/^\d+$/.test(text ?? "") && Number(text) <= below ? Number(text) : null);
  if (!report.frames) return {};
  const epochs = report.frames.epoch;
  const epoch = whole(said.get("epoch"), Infinity);
  const [layer, unit] = (said.get("unit") ?? "").split(".").map((text) => whole(text, Infinity));
  const exists = layer > 0 && unit > 0 && layer < report.layers.length && unit <= report.layers[layer - 1].drawn;
  const [row, column] = (said.get("cell") ?? "").split(".").map((text) => whole(text, report.class_names.length + 1));
  const isCell = report.arrays.confusion && row > 0 && column > 0 && row <= report.class_names.length;
  return {
    changes: report.live && (report.isOpen || !whyNotAgain(report)) ? changesOf(report, said) : {},
    frame: epoch === null ? epochs.length - 1 : nearestFrame(report, epoch),
    unit: exists ? [layer - 1, unit - 1] : null,
    cell: isCell ? [row - 1, column - 1] : null,
    view: said.get("view") === "gradients" ? "gradients" : "weights",
    step: whole(said.get("step"), Infinity) || null,
    point: whole(said.get("point"), Infinity) ? Number(said.get("point")) - 1 : null,
    even: said.get("scale") === "even",
    theme: ["light", "dark"].includes(said.get("theme")) ? said.get("theme") : "auto",
  };
}

/** The recorded frame closest to an epoch. */
function nearestFrame(report, epoch) {
  return d3.leastIndex(report.frames.epoch, (a, b) => Math.abs(a - epoch) - Math.abs(b - epoch));
}

/** Update the URL shortly after the last change, and follow it if the user edits it. */
function keepAddress(report) {
  let waiting = null;
  follow(["changes", "frame", "unit", "cell", "view", "step", "point", "even", "theme", "playing"], () => {
    clearTimeout(waiting);
    if (state.playing) return;
    waiting = setTimeout(() => {
      const address = addressOf(report.frames.epoch);
      if (address !== location.hash.replace(/^#/, "")) history.replaceState(null, "", `#${address}`);
    }, 250);
  });
  addEventListener("hashchange", () => change(stateOf(location.hash, report)));
}
