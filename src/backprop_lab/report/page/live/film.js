// What the panels ask of a training in this page: computed from its weights when they ask, in the form in which Python
// records it.

const SIDE_OF_FIELD = 100;
const PREDICTED_AT_ONCE = 1024;
const SIDE_WHILE_TRAINING = 36;
const SIDE_OF_UNITS = 32;
const SIDE_OF_MANY_UNITS = 16;
const MANY_UNITS = 32;
const PLACES_OF_LINE = 200;
const [MOST_UNITS, MOST_LAYERS] = [64, 8]; // that are drawn
const [MOST_TRAINING, MOST_VALIDATION, MOST_DRAWN_VALIDATION] = [400, 1_000, 150];
const FEW_IN_PLANE = 16;
const SAME_WEIGHTS = 1e-6; // of the largest
const IDLE_STATES = { off: 1, always_on: 2, saturated: 3 }; // as in run/unit.js

/** The least and the largest coordinates of points. */
function boundsOf({ train, val }) {
  const { inputs } = train;
  const [low, high] = [Array.from({ length: inputs }, () => Infinity), Array.from({ length: inputs }, () => -Infinity)];
  for (const { x } of [train, val])
    for (let i = 0; i < x.length; i++) {
      const axis = i % inputs;
      if (x[i] < low[axis]) low[axis] = x[i];
      if (x[i] > high[axis]) high[axis] = x[i];
    }
  return { low, high };
}

/** The corners of the picture: what holds all points, with a margin. */
function extentOf({ train, val }, { low, high } = boundsOf({ train, val })) {
  const { inputs } = train;
  const places = new Set();
  for (const { x, n } of [train, val])
    for (let i = 0; i < n && places.size <= FEW_IN_PLANE; i++) places.add(x.subarray(i * inputs, (i + 1) * inputs).join());
  const share = places.size <= FEW_IN_PLANE ? 0.25 : 0.03;
  const margins = low.map((least, i) => share * Math.max(high[i] - least, 1e-3));
  return { low: low.map((least, i) => least - margins[i]), high: high.map((most, i) => most + margins[i]) };
}

/** Places of the picture as points {x, n, inputs}: the cells of a square, row by row from the bottom, or along a line. */
function gridOf({ low, high }, side) {
  if (low.length === 1) {
    const n = side >= SIDE_WHILE_TRAINING ? PLACES_OF_LINE : SIDE_OF_UNITS;
    return { x: evenlySpaced(low[0], high[0], n), n, inputs: 1, shape: [1, n] };
  }
  const at = (axis, place) => low[axis] + ((place + 0.5) / side) * (high[axis] - low[axis]);
  const x = floatsOf(2 * side * side, (i) => (i % 2 ? at(1, Math.floor((i >> 1) / side)) : at(0, (i >> 1) % side)));
  return { x, n: side * side, inputs: 2, shape: [side, side] };
}

/** Points as the network gets them. */
function preparedPoints(points, preparation) {
  const made = withFeatures(points, preparation.features);
  return preparation.mean ? { ...made, x: made.x.map((value, i) => (value - preparation.mean[i % made.inputs]) / preparation.scale[i % made.inputs]) } : made; // prettier-ignore
}

/** The frame of the picture of points, with its places as they are and as the network gets them. */
function pictureOf({ given, preparation }, extent = extentOf(given)) {
  const both = (side) => {
    const grid = gridOf(extent, side);
    return [grid, preparedPoints(grid, preparation)];
  };
  return { extent, coarse: both(SIDE_WHILE_TRAINING), field: both(SIDE_OF_FIELD), units: both(SIDE_OF_UNITS), manyUnits: both(SIDE_OF_MANY_UNITS) };
}

const MOST_ROOM = 1.3; // of a picture that stays, in that of its own

/** The frame of the picture of points: that of others that were shown, as long as it fits, so that it does not tremble. */
function pictureNear(points, shown) {
  const bounds = boundsOf(points.given);
  const own = extentOf(points.given, bounds);
  const before = shown?.picture?.extent;
  const fits = (_, axis) => {
    const [room, needed] = [before.high[axis] - before.low[axis], own.high[axis] - own.low[axis]];
    return before.low[axis] <= bounds.low[axis] && bounds.high[axis] <= before.high[axis] && room <= MOST_ROOM * needed;
  };
  if (!before || before.low.length !== own.low.length || !own.low.every(fits)) return pictureOf(points, own);
  const areAlike = JSON.stringify(points.preparation) === JSON.stringify(shown.preparation);
  return areAlike ? shown.picture : pictureOf(points, before);
}

const predictors = new Map();

/** A function of arrays that gives the predictions for outputs, in the units of the targets. */
function predictorOf(tree, { zero, one }) {
  const key = JSON.stringify(tree);
  if (!predictors.has(key)) {
    const z = new Float64Array(PREDICTED_AT_ONCE);
    predictors.set(key, { z, program: new Program([tree], { z }, PREDICTED_AT_ONCE) });
  }
  const { z, program } = predictors.get(key);
  return (outputs) => {
    const made = new Float64Array(outputs.length);
    for (let first = 0; first < outputs.length; first += PREDICTED_AT_ONCE) {
      const part = outputs.subarray(first, first + PREDICTED_AT_ONCE);
      z.set(part);
      program.run(part.length);
      for (let i = 0; i < part.length; i++) made[first + i] = zero + one * program.results[0][i];
    }
    return made;
  };
}

/** The signed root of the ratio to the largest, from -127 to 127. */
function rootOf(value, largest) {
  const share = largest > 0 ? value / largest : 0;
  return Math.round(127 * Math.sign(share) * Math.sqrt(Math.min(1, Math.abs(share))));
}

/** Remembers what was computed for each frame. */
function eachFrameOnce(compute) {
  const known = new Map();
  return (frame) => {
    if (!known.has(frame)) known.set(frame, compute(frame));
    return known.get(frame);
  };
}

/** The quantities of a training at its kept epochs. */
class LiveFilm {
  constructor(training, live) {
    const { config, formulas, points } = training;
    this.training = training;
    this.live = live;
    this.head = live.heads[config.loss.name][points.task];
    this.layers = layersOf(config.model, points.train.inputs, points.outputs);
    this.hidden = this.layers.slice(0, -1);
    this.activations = this.layers.map(({ activation }) => live.activations[activation] ?? { middle: 0, above: 0 });
    this.network = new Network(this.layers, formulas, 1024);
    this.probe = new ByHand(config, points, formulas);
    this.isMany = this.hidden.reduce((sum, { units }) => sum + units, 0) > MANY_UNITS;
    const { preparation } = points;
    points.picture ??= pictureOf(points);
    const { picture } = points;
    this.extent = picture.extent;
    this.shown = { train: firstPoints(points.train, MOST_TRAINING), val: points.train === points.val ? null : firstPoints(points.val, MOST_VALIDATION) };
    this.isLine = points.given.train.inputs === 1;
    this.drawn = this.hidden.slice(0, MOST_LAYERS).map(({ units }) => Math.min(units, MOST_UNITS));
    this.predict = predictorOf(this.head.prediction_of_output ?? "z", preparation.units);
    this.steps = eachFrameOnce((frame) => this.stepAt(frame));
    this.active = eachFrameOnce((frame) => this.activeAt(frame));
    this.twins = eachFrameOnce((frame) => this.twinsAt(frame));
    this.counts = eachFrameOnce((frame) => this.countsAt(frame));
    this.losses = eachFrameOnce((frame) => this.lossesAt(frame));
    this.draw("coarse");
  }

  /** Draw "coarse", as long as there is a new picture each moment, or "field": finely, and unit states by all points. */
  draw(how) {
    this.isCoarse = how === "coarse";
    this.states = eachFrameOnce((frame) => this.statesAt(frame));
    this.answers = eachFrameOnce((frame) => this.answersAt(frame));
    const { picture } = this.training.points;
    [this.fieldGrid, this.field] = picture[how];
    [this.unitGrid, this.unitPlaces] = this.isMany || this.isCoarse ? picture.manyUnits : picture.units;
    this.maps = eachFrameOnce((frame) => this.mapsAt(frame));
    this.largest = this.hidden.map(({ units }) => new Float64Array(units));
    this.measured = 0;
    this.pictures = eachFrameOnce((frame) => this.pictureAt(frame));
  }

  weights(frame) {
    return this.training.frames[frame].w;
  }

  /** Outputs for points: [n] or, of several classes, [n, classes]. */
  outputsFor(frame, points) {
    const { outputs: k } = this.training.points;
    const made = new Float64Array(points.n * k);
    this.network.eachPart(this.weights(frame), points, (first, n) => {
      for (let j = 0; j < k; j++) for (let p = 0; p < n; p++) made[(first + p) * k + j] = this.network.outputs[j * n + p];
    });
    return made;
  }

  /** Predictions from outputs: of several classes probabilities, or margins as they are. */
  predictions(outputs) {
    const { outputs: k } = this.training.points;
    if (k === 1) return this.predict(outputs);
    if (!this.head.is_probability) return outputs;
    const made = new Float64Array(outputs.length);
    for (let i = 0; i < outputs.length; i += k) made.set(softmax(Array.from(outputs.subarray(i, i + k))), i);
    return made;
  }

  /** Outputs, predictions and predicted classes of the points on the page. */
  answersAt(frame) {
    const { outputs: k, task } = this.training.points;
    const { train, val: known } = this.shown;
    // While there is a new picture each moment, nobody looks at points that are not drawn.
    const val = this.isCoarse && known && !state.cell ? firstPoints(known, MOST_DRAWN_VALIDATION) : known;
    const outputs = Float64Array.from([train, ...(val ? [val] : [])].flatMap((part) => Array.from(this.outputsFor(frame, part))));
    const predictions = this.predictions(outputs);
    const n = outputs.length / k;
    const labels = task === "regression" ? null : Uint8Array.from({ length: n }, (_, i) => this.labelOf(outputs.subarray(i * k, (i + 1) * k)));
    return { predictions, labels };
  }

  /** The predicted class, or `UNDECIDED` where rounding would decide. */
  labelOf(outputs) {
    const { undecided } = this.training.formulas.head;
    if (outputs.length === 1) return Math.abs(outputs[0]) > undecided ? Number(outputs[0] > 0) : UNDECIDED;
    const [first, second] = Array.from(outputs).sort(d3.descending);
    return first - second > undecided ? outputs.indexOf(first) : UNDECIDED;
  }

  /** The picture of the predictions, as arrays.py encodes it. */
  pictureAt(frame) {
    const predictions = this.predictions(this.outputsFor(frame, this.field));
    const { outputs: k, task } = this.training.points;
    if (task === "regression") {
      if (this.isLine) return { field: Float32Array.from(predictions), largest: 1 };
      const [low, high] = this.values();
      const level = (value) => END * ((2 * (value - low)) / (high - low || 1) - 1);
      return { field: Int16Array.from(predictions, (value) => Math.round(Math.max(-3 * END, Math.min(3 * END, level(value))))), largest: 1 };
    }
    if (k === 1) {
      const away = predictions.map((value) => value - this.head.boundary);
      const largest = away.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      return { field: Int8Array.from(away, (value) => rootOf(value, largest)), largest, offsets: Float32Array.from(away) };
    }
    const n = predictions.length / k;
    const classes = new Uint8Array(n);
    const ahead = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      const of = Array.from(predictions.subarray(i * k, (i + 1) * k));
      const [first, second] = of.toSorted(d3.descending);
      classes[i] = of.indexOf(first);
      ahead[i] = Math.min(1, first - second);
    }
    const largest = d3.max(ahead);
    return { field: Int8Array.from(ahead, (value) => rootOf(value, largest)), largest, classes, offsets: Float32Array.from(ahead) };
  }

  /** The ends of the scale of a regression. */
  values() {
    const { train, val } = this.training.points.given;
    return d3.extent([...train.y, ...val.y]);
  }

  /** The outputs of the drawn units over the picture: for each layer [units][places]. */
  mapsAt(frame) {
    const maps = this.drawn.map((units) => Array.from({ length: units }, () => new Float64Array(this.unitPlaces.n)));
    this.network.eachPart(this.weights(frame), this.unitPlaces, (first, n) => {
      maps.forEach((of, layer) => of.forEach((map, unit) => map.set(this.network.stages[layer].a.subarray(unit * n, (unit + 1) * n), first)));
    });
    return maps;
  }

  /** The largest output of a unit over all frames so far. */
  largestOf(layer, unit) {
    for (; this.measured < this.training.frames.length; this.measured++) {
      this.maps(this.measured).forEach((of, at) =>
        of.forEach((map, i) => {
          for (const value of map) if (Math.abs(value) > this.largest[at][i]) this.largest[at][i] = Math.abs(value);
        }),
      );
    }
    return this.largest[layer][unit];
  }

  unitMap(frame, layer, unit) {
    const largest = this.largestOf(layer, unit);
    const map = this.maps(frame)[layer][unit];
    if (this.isLine) return Float32Array.from(map, (value) => (largest > 0 ? value / largest : 0));
    return Int8Array.from(map, (value) => rootOf(value, largest));
  }

  /** The fraction of the shown training points for which each unit is above the middle of its range. */
  activeAt(frame) {
    const { train } = this.shown;
    const shares = this.hidden.map(({ units }) => new Float64Array(units));
    this.network.eachPart(this.weights(frame), train, (first, n) => {
      shares.forEach((of, layer) => {
        const { a } = this.network.stages[layer];
        const { middle } = this.activations[layer];
        for (let unit = 0; unit < of.length; unit++) for (let p = 0; p < n; p++) of[unit] += Number(a[unit * n + p] > middle) / train.n;
      });
    });
    return shares;
  }

  /** Which units of each layer are off, always on or saturated, over all training points: unit_states.py. */
  statesAt(frame) {
    const train = this.isCoarse ? this.shown.train : this.training.points.train;
    const [beyondRange, onPoints] = this.live.saturated;
    const seen = this.hidden.map(({ units }) => ({ off: new Float64Array(units), on: new Float64Array(units), beyond: new Float64Array(units) }));
    this.network.eachPart(this.weights(frame), train, (first, n) => {
      seen.forEach(({ off, on, beyond }, layer) => {
        const stage = this.network.stages[layer];
        const { can_die: canDie, range, middle } = this.activations[layer];
        const { units } = this.hidden[layer];
        if (canDie) {
          stage.slope.run(units * n);
          const [slopes] = stage.slope.results;
          for (let i = 0; i < units * n; i++) {
            off[Math.floor(i / n)] += slopes[i] === 0;
            on[Math.floor(i / n)] += slopes[i] === 1;
          }
        }
        if (!range) return;
        const limit = (beyondRange * (range[1] - range[0])) / 2;
        for (let i = 0; i < units * n; i++) beyond[Math.floor(i / n)] += Math.abs(stage.a[i] - middle) > limit;
      });
    });
    return seen.map(({ off, on, beyond }) =>
      Uint8Array.from(off, (count, unit) => {
        if (count === train.n) return IDLE_STATES.off;
        if (on[unit] === train.n) return IDLE_STATES.always_on;
        return beyond[unit] / train.n >= onPoints ? IDLE_STATES.saturated : 0;
      }),
    );
  }

  /** The fraction of all hidden units in each state, at each frame; null without hidden units. */
  idleShares() {
    const count = this.hidden.reduce((sum, { units }) => sum + units, 0);
    const frames = d3.range(this.training.frames.length);
    const share = (code) => frames.map((frame) => d3.sum(this.states(frame), (layer) => layer.filter((one) => one === code).length) / count); // prettier-ignore
    return count ? Object.fromEntries(Object.entries(IDLE_STATES).map(([name, code]) => [name, share(code)])) : null;
  }

  /** For each unit of each hidden layer how many have the same weights in and out, itself included: identical.py. */
  twinsAt(frame) {
    const w = this.weights(frame);
    return this.hidden.map(({ at, units, inputs, bias }, layer) => {
      const behind = this.layers[layer + 1];
      const rows = d3.range(units).map((unit) => [
        ...w.subarray(at + unit * inputs, at + (unit + 1) * inputs),
        ...(bias ? [w[at + units * inputs + unit]] : []),
        ...d3.range(behind.units).map((next) => w[behind.at + next * units + unit]),
      ]);
      const near = SAME_WEIGHTS * (d3.max(rows.flat(), Math.abs) || 1);
      const areSame = (one, other) => one.every((weight, i) => Math.abs(weight - other[i]) <= near);
      return rows.map((row) => Math.min(255, rows.filter((other) => areSame(row, other)).length));
    });
  }

  /** How many validation points of each class get each answer, and how many none. */
  countsAt(frame) {
    const { val, outputs: k } = this.training.points;
    const classes = Math.max(2, k);
    const outputs = this.outputsFor(frame, val);
    const counts = Array.from({ length: classes }, () => new Int32Array(classes + 1));
    for (let i = 0; i < val.n; i++) {
      const label = this.labelOf(outputs.subarray(i * k, (i + 1) * k));
      counts[val.y[i]][label === UNDECIDED ? classes : label] += 1;
    }
    return counts;
  }

  /** Loss and metric of all training and validation points. */
  lossesAt(frame) {
    const { probe } = this;
    probe.w.set(this.weights(frame));
    const [train, val] = [this.training.points.train, this.training.points.val].map((part) => probe.measure(part));
    return { loss: [train.loss, val.loss], metric: [train.metric, val.metric] };
  }

  /** The step that follows a frame: its gradient, as the optimizer gets it, and its update. */
  stepAt(frame) {
    const { w, slots, epoch, step } = this.training.frames[frame];
    const { probe } = this;
    probe.startFrom({ w, slots, epoch, step });
    probe.runStep();
    return { gradient: probe.gradient.slice(), update: probe.w.map((after, i) => after - w[i]) };
  }

  /** Euclidean norms of each layer, at each frame. */
  sizes() {
    const frames = d3.range(this.training.frames.length);
    const ends = this.layers.map(({ at, units, inputs, bias }) => [at, at + units * (inputs + (bias ? 1 : 0))]);
    const norms = (row) => ends.map(([from, to]) => Math.sqrt(row.subarray(from, to).reduce((sum, value) => sum + value * value, 0)));
    const gradient = frames.map((frame) => norms(this.steps(frame).gradient));
    const weight = frames.map((frame) => norms(this.weights(frame)));
    const update = frames.map((frame) => norms(this.steps(frame).update));
    const ratio = update.map((row, i) => row.map((size, layer) => (size === 0 && weight[i][layer] === 0 ? 0 : size / weight[i][layer])));
    return { layers: ends.map((_, i) => `layer ${i + 1}`), gradient, weight, update, ratio };
  }
}

function firstPoints(points, most) {
  const n = Math.min(points.n, most);
  return { ...points, n, x: points.x.subarray(0, n * points.inputs), y: points.y.subarray(0, n) };
}
