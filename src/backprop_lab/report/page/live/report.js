// The report of a training in this page, in the form of a recorded one, so that every panel draws both.

/** The names of the inputs of the network, and of its classes, as Python gives them to points that are drawn. */
function namesOf({ points, config }) {
  const { inputs } = points.given.train;
  const axes = inputs === 1 ? ["x"] : d3.range(inputs).map((i) => `x${i + 1}`);
  const classes = d3.range(Math.max(2, points.outputs)).map((label) => `class ${label}`);
  return { axes, names: config.dataset.features ?? axes, classes };
}

/** The loss of the best constant prediction for the training points; NaN for several classes. */
function lossOfGuessing(training) {
  const { points, config } = training;
  const key = JSON.stringify(config.loss);
  points.guesses ??= {};
  if (training.isOver) points.guesses[key] ??= searchedGuess(training); // it takes a while
  return points.guesses[key] ?? NaN;
}

function searchedGuess({ points, config, formulas }) {
  const { train, task, outputs } = points;
  if (outputs > 1) return NaN;
  const z = new Float64Array(train.n);
  const loss = new LossOfOne(formulas.loss[config.loss.name][task], numbersOf(config.loss), z, train.n);
  loss.y.set(train.y);
  const lossAt = (constant) => {
    z.fill(constant);
    loss.run(train.n);
    return d3.mean(loss.values);
  };
  let [low, high] = task === "regression" ? d3.extent(train.y) : [-20, 20];
  const golden = (Math.sqrt(5) - 1) / 2;
  for (let i = 0; i < 50; i++) {
    const [left, right] = [high - golden * (high - low), low + golden * (high - low)];
    if (lossAt(left) < lossAt(right)) high = right;
    else low = left;
  }
  return lossAt((low + high) / 2);
}

/** What changes with each picture of a training: its frames, its curves, and how they are read. */
function liveFrames(film) {
  const { training } = film;
  const { frames, rows, points } = training;
  const count = frames.length;
  const pairs = (name) => frames.map((_, frame) => new LazyPair(() => film.losses(frame)[name]));
  const column = (of) => ({ values: rows.map(of) });
  const metric = film.head.metric;
  const hasPenalty = training.rung.penalty !== null;
  return {
    status: training.isBroken ? "diverged" : training.isOver ? "finished" : "running",
    frames: { epoch: frames.map(({ epoch }) => epoch), step: frames.map(({ step }) => step) },
    loss_of_guessing: lossOfGuessing(training),
    loss: pairs("loss"),
    metrics: pairs("metric"),
    arrays: {
      ...liveShapes(film, count),
      "points/y": { values: film.targets },
      "curve/epoch": column(({ epoch }) => epoch),
      "curve/train_loss": column(({ train }) => train.loss),
      "curve/val_loss": column(({ val }) => val.loss),
      [`curve/train_${metric}`]: column(({ train }) => train.metric),
      [`curve/val_${metric}`]: column(({ val }) => val.metric),
      ...(hasPenalty && { "curve/penalty": column(({ penalty }) => penalty) }),
      "points/given": { shape: [film.listed.n, film.listed.inputs] },
      ...(points.task !== "regression" && { confusion: { shape: [count, film.classes, film.classes + 1] } }),
    },
  };
}

function liveShapes(film, count) {
  const shapes = { field: { shape: [count, ...film.fieldGrid.shape] } };
  if (film.training.points.outputs > 1) shapes["field/class"] = shapes.field;
  film.drawn.forEach((units, layer) => (shapes[`unit/${layer}`] = { shape: [count, units, ...film.unitGrid.shape] }));
  return shapes;
}

/** Two numbers that are computed when one of them is asked for. */
class LazyPair {
  constructor(compute) {
    this.compute = compute;
  }

  get known() {
    return (this.pair ??= this.compute());
  }

  get 0() {
    return this.known[0];
  }

  get 1() {
    return this.known[1];
  }

  [Symbol.iterator]() {
    return this.known[Symbol.iterator]();
  }
}

/** How the panels read what is computed. */
function liveReaders(film) {
  const { training } = film;
  const { outputs: k, given } = training.points;
  const places = film.places;
  const one = (row, place) => (place === undefined ? row : row[place]);
  const at = {
    weights: (frame, place) => one(film.weights(frame), place),
    gradients: (frame, place) => one(film.steps(frame).gradient, place),
    field: (frame) => film.pictures(frame).field,
    "field/largest": (frame) => film.pictures(frame).largest,
    "field/class": (frame) => film.pictures(frame).classes,
    "points/x": (i, axis) => places[i * given.train.inputs + axis],
    "points/y": (i) => film.targets[i],
    "points/given": (i) => film.listed.x.subarray(i * film.listed.inputs, (i + 1) * film.listed.inputs),
    "points/label": (frame, i) => film.answers(frame).labels[i],
    "points/answer": (frame, i) => {
      const { predictions } = film.answers(frame);
      return k === 1 ? predictions[i] : predictions.subarray(i * k, (i + 1) * k);
    },
    confusion: (frame, row, column) => one(film.counts(frame)[row], column),
  };
  film.drawn.forEach((_, layer) => {
    at[`unit/${layer}`] = (frame, unit) => film.unitMap(frame, layer, unit);
    at[`largest/${layer}`] = (unit) => film.largestOf(layer, unit);
    at[`range/${layer}`] = (frame, unit) => d3.extent(film.maps(frame)[layer][unit]);
    at[`active/${layer}`] = (frame, unit) => film.active(frame)[layer][unit];
    at[`idle/${layer}`] = (frame, unit) => film.states(frame)[layer][unit];
    at[`twins/${layer}`] = (frame, unit) => film.twins(frame)[layer][unit];
  });
  return at;
}

/** The whole report of a training. */
function liveReport(training, live) {
  const film = new LiveFilm(training, live);
  const { config, points } = training;
  const { axes, names, classes } = namesOf(training);
  const { given, preparation, outputs } = points;
  const { zero, one } = preparation.units;
  const { train, val } = film.shown;
  const isValidatedOnItself = val === null;
  const isRegression = points.task === "regression";
  const head = film.head;
  film.classes = classes.length;
  film.listed = isValidatedOnItself ? firstPoints(given.train, train.n) : firstPoints(given.val, val.n);
  film.targets = Float64Array.from([...given.train.y.subarray(0, train.n), ...(isValidatedOnItself ? [] : given.val.y.subarray(0, val.n))]);
  const ofPart = (part, n) => part.x.subarray(0, n * part.inputs);
  film.places = Float64Array.from([...ofPart(given.train, train.n), ...(isValidatedOnItself ? [] : ofPart(given.val, val.n))]);
  const layers = film.layers.map((layer, i) => ({
    ...layer,
    drawn: i < film.drawn.length ? film.drawn[i] : 1,
    middle: film.activations[i].middle,
    above: film.activations[i].above,
  }));
  return {
    ...head,
    film,
    isPulled: false,
    task: points.task,
    epochs: config.epochs,
    prediction_of_output: isRegression ? ["+", zero, ["*", one, "z"]] : head.prediction_of_output,
    classes: outputs > 1 ? outputs : null,
    class_names: classes,
    names,
    axes,
    inputs: axes,
    columns: axes.map((name, i) => ({ name, inputs: [i] })),
    target: "y",
    image: null,
    preparation,
    units: preparation.units,
    view: null,
    is_line: film.isLine,
    extent: film.extent,
    values: isRegression ? film.values() : null,
    points: {
      train: train.n,
      val: isValidatedOnItself ? 0 : Math.min(val.n, MOST_DRAWN_VALIDATION),
      known: train.n + (isValidatedOnItself ? 0 : val.n),
      of_train: given.train.n,
      of_val: given.val.n,
      same: isValidatedOnItself,
    },
    layers,
    places: weightPlaces(layers),
    most_layers: MOST_LAYERS,
    not_layers: null,
    has_weights: true,
    parameters: training.rung.w.length,
    idle: null,
    sizes: null,
    landscape: null,
    importance: null,
    at: liveReaders(film),
    ...liveFrames(film),
  };
}
