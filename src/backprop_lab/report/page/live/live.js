// Another training than the recorded one: what was changed is trained in slices of a picture, and every panel shows it.

const [FIRST_SLICE, LIVE_SLICE] = [4, 9]; // milliseconds of training in each picture
const MOST_LIVE_SECONDS = 20;
const [MOST_LIVE_WEIGHTS, MOST_LIVE_POINTS] = [20_000, 100_000];
const MOST_DIFFERENCE = 1e-10; // of weights that roundings at the start make
const HUGE_WEIGHT = 1_000; // whose last digits are far from 10⁻⁹
const CURVES_EVERY = 250; // milliseconds: they take the longest to draw

/**
 * Let the controls change what is trained. `recorded` is the report that comes back without changes; without one the
 * configuration of the page is trained.
 */
function startLive(report, recorded) {
  const { live } = report;
  const ghost = recorded && ghostOf(recorded);
  let current = null; // the training that is shown
  let drawnCurves = 0; // when
  let shownPoints = null;
  const known = new Map(); // points by what they follow from
  let held = null; // the extent of the picture while there are own points
  const say = (text) => (byId("live-said").textContent = text);

  const nextPicture = () => new Promise((resolve) => requestAnimationFrame(() => resolve(true)));
  const goBack = () => {
    current = shownPoints = null;
    document.documentElement.classList.remove("is-training");
    Object.assign(report, recorded);
    change({ frame: Math.min(state.frame, lastFrame(report)), unit: null });
    ["kind", "shape", "counts", "film", "curves", "whole"].forEach(announce);
    say("");
    showCommand("");
    byId("live-back").hidden = true;
  };
  const showCommand = (text) => {
    byId("live-command").textContent = text;
    byId("live-again").hidden = !text;
  };
  const pointsFor = (config) => {
    const key = JSON.stringify([config.dataset, config.seed]);
    if (!known.has(key)) {
      known.clear();
      const made = pointsOf(config, live.formulas);
      // While points are moved, the picture stays where it is.
      if (ownPoints()) made.picture = pictureOf(made, (held = united(held ?? report.extent, boundsOf(made.given))));
      else [held, made.picture] = [null, pictureNear(made, shownPoints)];
      known.set(key, made);
    }
    return known.get(key);
  };

  /** Leave what is shown, and say why it is not that of the controls. */
  const refuse = (why) => {
    current = null;
    showCommand("");
    say(why);
  };

  const begin = () => {
    delete document.documentElement.dataset.trained;
    const changes = realChanges(live, state.changes);
    document.documentElement.classList.toggle("is-live", Object.keys(changes).length > 0);
    byId("live-back").hidden = Object.keys(changes).length === 0;
    if (recorded && !Object.keys(changes).length) {
      if (current) goBack();
      return;
    }
    const config = configWith(live, changes);
    const reason = declines(config, live.formulas) || declinesTraining(live, config);
    if (reason) {
      refuse(`This is not trained here: ${reason}.`);
      return;
    }
    run(new LiveTraining(config, live.formulas, pointsFor(config)));
  };

  const run = async (training) => {
    current = training;
    report.rest();
    document.documentElement.classList.add("is-training");
    const isCurrent = () => current === training;
    const isAtEnd = state.frame === lastFrame(report);
    const epoch = report.frames.epoch[state.frame];
    if (matchMedia("(prefers-reduced-motion: reduce)").matches && !(await trainedUnseen(training, isCurrent))) return;
    training.work(FIRST_SLICE);
    const [shape, kind, counts] = [shapeOf(report), kindOf(report), JSON.stringify(report.points)];
    Object.assign(report, liveReport(training, live), { ghost });
    if (state.unit && !(state.unit[1] < (report.layers[state.unit[0]]?.drawn ?? 0))) change({ unit: null });
    if (shapeOf(report) !== shape) announce("shape");
    if (kindOf(report) !== kind) announce("kind");
    else if (report.film.training.points !== shownPoints) announce("points");
    if (JSON.stringify(report.points) !== counts) announce("counts");
    shownPoints = training.points;
    showCommand(commandOf(live, training.config, training.points.task));
    const show = () => {
      Object.assign(report, liveFrames(report.film));
      change({ frame: isAtEnd ? lastFrame(report) : nearestFrame(report, epoch) });
      announce("film");
      if (performance.now() - drawnCurves > CURVES_EVERY) {
        announce("curves");
        drawnCurves = performance.now();
      }
      say(progressOf(training));
    };
    show();
    while (!training.isOver) {
      await nextPicture();
      if (!isCurrent()) return;
      training.work(LIVE_SLICE);
      show();
    }
    await finish(training, isCurrent);
  };

  /** Train to the end without a picture on the way; whether it is still wanted then. */
  const trainedUnseen = async (training, isCurrent) => {
    while (!training.isOver) {
      await nextPicture();
      if (!isCurrent()) return false;
      training.work(LIVE_SLICE);
      say(progressOf(training));
    }
    return true;
  };

  /** What all panels below show, and whether another computer gets the same. */
  const finish = async (training, isCurrent) => {
    const pause = async () => (await nextPicture()) && isCurrent();
    const { film } = report;
    film.draw("field");
    Object.assign(report, liveFrames(film));
    ["film", "curves"].forEach(announce);
    if (!(await pause())) return;
    const found = { idle: film.idleShares(), sizes: film.sizes() };
    const landscape = await liveLandscape(film, pause);
    if (!landscape) return;
    const { loss, ...surface } = landscape;
    Object.assign(report, found, { landscape: surface, arrays: { ...report.arrays, landscape: loss } });
    document.documentElement.classList.remove("is-training");
    announce("whole");
    const twin = new LiveTraining(training.config, live.formulas, training.points);
    movedStart(twin.rung, ROUNDING[64]);
    while (!twin.isOver) {
      if (!(await pause())) return;
      twin.work(LIVE_SLICE);
    }
    const apart = farthest(training.rung.w, twin.rung.w);
    say(`${progressOf(training)} ${reproductionText(apart, training)}`);
    byId("spoken").textContent = byId("live-said").textContent;
    document.documentElement.dataset.trained = "";
  };

  /** Set a weight of the frame that is shown. */
  const pull = (place, value) => {
    const config = configWith(live, realChanges(live, state.changes));
    if (state.frame === 0) {
      const w = Float64Array.from(report.at.weights(0));
      w[place] = value;
      if (w.length > MOST_TYPED) say(`This network has ${wholeText(w.length)} weights; a command can give ${MOST_TYPED}.`);
      else changeKey(live, "model.init", typedWeights(w));
      return;
    }
    const before = Float64Array.from(report.at.weights(state.frame));
    const training = pulledTraining(report, config, pointsFor(config), place, value);
    current = training;
    report.rest();
    const { status } = report;
    const curves = Object.fromEntries(Object.entries(report.arrays).filter(([name]) => name.startsWith("curve/")));
    const wasLive = report.film !== null;
    const { sizes, idle, landscape } = report;
    const kept = { sizes, idle, landscape, status, ghost: wasLive ? report.ghost : null };
    const { landscape: surface } = report.arrays;
    Object.assign(report, liveReport(training, live), kept, { isPulled: true });
    byId("live-back").hidden = false;
    showCommand("");
    report.film.draw("field");
    Object.assign(report, liveFrames(report.film), { status });
    Object.assign(report.arrays, curves, surface && { landscape: surface });
    ["film", "curves", "whole"].forEach(announce);
    say(pulledText(training.rung, before, training.frames[state.frame].w, place));
    if (before.length > MOST_TYPED) return;
    const w = typedWeights(training.frames[state.frame].w);
    const goOn = () => {
      change({ frame: 0 });
      changeKey(live, "model.init", w);
    };
    byId("live-said").append(" ", make("button", { type: "button", click: goOn }, "Train on from here"));
  };

  const tools = { pull, edit: startOwnPoints(report) };
  Object.assign(report, tools);
  if (recorded) Object.assign(recorded, tools);
  byId("live-back").addEventListener("click", () => {
    change({ changes: {}, playing: false });
    if (recorded && current) goBack();
  });
  if (Object.keys(state.changes).length) byId("live-open").open = true;
  startPanel(report, recorded ?? report);
  follow(["changes"], () => queueMicrotask(begin)); // not while the panels draw what it replaces
  announce("fields"); // of the weights of a unit
}

/** The smallest extent that holds both. */
function united(one, other) {
  const each = (end, choose) => one[end].map((value, axis) => choose(value, other[end][axis]));
  return { low: each("low", Math.min), high: each("high", Math.max) };
}

/** What makes the network anew. */
function shapeOf({ layers, names, classes }) {
  return JSON.stringify([layers.map(({ inputs, units }) => [inputs, units]), names, classes]);
}

/** What makes every panel anew. */
function kindOf({ is_probability: isProbability, is_classification: isClassification, is_line: isLine, class_names: names, axes }) {
  return JSON.stringify([isProbability, isClassification, isLine, names, axes]);
}

/** Why these values do not go together, or "". */
function declinesTraining(live, config) {
  const { loss, model, dataset, optimizer } = config;
  const task = taskOf({ dataset }, live.formulas);
  if (!live.heads[loss.name][task]) return `loss=${loss.name} is not for a ${task} task`;
  if (optimizer.nesterov && optimizer.momentum === 0) return "optimizer.nesterov needs an optimizer.momentum above 0";
  if (dataset.n_samples === null && !(dataset.name in OWN_POINTS) && !dataset.points) return `dataset.n_samples is a number, because ${dataset.name} draws its points`;
  if (dataset.label_noise && task === "regression") return "dataset.label_noise is for classes";
  if (Array.isArray(model.activation) && model.activation.length !== [model.hidden].flat().length)
    return "model.activation has not one name for each hidden layer";
  return declinesSize(config, task);
}

/** Whether a training is too much for a page, before anything is made for it. */
function declinesSize(config, task) {
  const { dataset, model, epochs } = config;
  const n = dataset.n_samples ?? dataset.points?.length ?? Object.values(OWN_POINTS)[0].length;
  if (n > MOST_LIVE_POINTS) return `${wholeText(n)} points are more than ${wholeText(MOST_LIVE_POINTS)}`;
  const inputs = dataset.features?.length ?? (dataset.name === "linear" ? 1 : 2);
  const outputs = task === "multiclass" ? (dataset.classes ?? MOST_OWN_CLASSES) : 1;
  const weights = parametersOf(layersOf(model, inputs, outputs));
  if (Array.isArray(model.init) && model.init.length !== weights) return `model.init has ${model.init.length} weights, and the network ${wholeText(weights)}`;
  if (weights > MOST_LIVE_WEIGHTS) return `the network would have ${wholeText(weights)} weights`;
  const seconds = (n * epochs * (WORK_OF_A_POINT + WORK_OF_A_PARAMETER * weights)) / 1e9;
  return seconds > MOST_LIVE_SECONDS ? `it would take about ${wholeText(Math.ceil(seconds))} seconds` : "";
}

function progressOf({ rung, spent, config, isBroken, rows }) {
  const took = `${wholeText(rung.steps)} steps in ${wholeText(Math.ceil(spent))} ms`;
  if (isBroken) return `Diverged in epoch ${wholeText(rung.epoch)}: ${took}.`;
  if (rung.epoch < config.epochs) return `Epoch ${wholeText(rung.epoch)} of ${wholeText(config.epochs)} …`;
  const { loss, metric } = rows[rows.length - 1].val;
  return `Trained in this page: ${took}. Validation loss ${numberText(loss)}, ${rung.points.task === "regression" ? "R²" : "accuracy"} ${numberText(metric)}.`;
}

/** What is known of the same training on another computer, by a twin whose first weights were moved by a rounding. */
function reproductionText(apart, { isBroken, rung }) {
  if (isBroken) return "";
  const largest = d3.max(rung.w, Math.abs);
  const isHuge = largest > HUGE_WEIGHT;
  if (apart <= MOST_DIFFERENCE * (isHuge ? largest : 1)) return `The command gives the same weights to 10⁻⁹${isHuge ? " of the largest one" : ""}.`;
  return `This training amplifies rounding: a twin whose first weights were moved by ${atMost(ROUNDING[64])} ended ${atMost(apart)} away, and so may the command.`;
}
