// The points of a configuration: what training/points.py, split.py and preparation.py make, from the same numbers.
//
// Points are {x, y, n, inputs}: x has the inputs of one point after the other, y the targets.

/** The numbers of a function of their places. A loop is five times as fast as `Float64Array.from`. */
function floatsOf(n, numberOf) {
  const floats = new Float64Array(n);
  for (let i = 0; i < n; i++) floats[i] = numberOf(i);
  return floats;
}

const square = (n, random, low, high) => floatsOf(2 * n, () => random.uniform(low, high));
const planeTargets = (x, numberOf) => floatsOf(x.length / 2, (i) => Number(numberOf(x[2 * i], x[2 * i + 1])));

const squared = (number) => number * number;

/** The corners of the unit square, and four places on a line. */
const OWN_POINTS = { xor: [0, 0, 0, 1, 1, 0, 1, 1], linear: [1, 2, 3, 4] };

// x1, x2, height, as in options/dataset/gaussian.py.
const HILLS = [[-0.7, 0.4, 1], [0, 0.4, -1], [0.7, 0.4, 1], [-0.7, -0.4, -1], [0, -0.4, 1], [0.7, -0.4, -1]];

/** `n` numbers from `first` to `last`, as `numpy.linspace` rounds them. */
function evenlySpaced(first, last, n) {
  const step = (last - first) / (n - 1);
  return floatsOf(n, (i) => (i === n - 1 && n > 1 ? last : first + (i ? i * step : 0)));
}

/** Half to even, as NumPy and Python round. */
function roundedEven(value) {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2) ? floor + 1 : floor;
}

/** Which class each of `n` points has, in random order: as many of each class as its share says. */
function labelsByShare(n, random, classes, imbalance) {
  const weights = evenlySpaced(imbalance, 1, classes);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let part = 0;
  const ends = Array.from(weights, (weight) => roundedEven(n * (part += weight / total)));
  return random.shuffled(floatsOf(n, (i) => ends.filter((end) => end <= i).length));
}

/** The sample of each data set, `sample` of its module: x and y, or only x where y follows a formula. */
const SAMPLES = {
  circle: (n, random, { radius }) => {
    const x = square(n, random, -1, 1);
    return { x, y: planeTargets(x, (x1, x2) => x1 * x1 + x2 * x2 <= radius * radius) };
  },
  xor: (n, random) => {
    const x = n === null ? Float64Array.from(OWN_POINTS.xor) : square(n, random, 0, 1);
    return { x, y: planeTargets(x, (x1, x2) => x1 > 0.5 !== x2 > 0.5) };
  },
  linear: (n, random, { slope, intercept }) => {
    const x = n === null ? Float64Array.from(OWN_POINTS.linear) : floatsOf(n, () => random.uniform(1, 4));
    return { x, y: x.map((x1) => slope * x1 + intercept) };
  },
  moons: (n, random) => {
    const outer = Math.floor(n / 2);
    const [upper, lower] = [evenlySpaced(0, Math.PI, outer), evenlySpaced(0, Math.PI, n - outer)];
    const order = random.permutation(n);
    const x = new Float64Array(2 * n);
    order.forEach((from, to) => {
      const angle = from < outer ? upper[from] : lower[from - outer];
      x[2 * to] = from < outer ? Math.cos(angle) : 1 - Math.cos(angle);
      x[2 * to + 1] = from < outer ? Math.sin(angle) : 1 - Math.sin(angle) - 0.5;
    });
    return { x, y: floatsOf(n, (i) => Number(order[i] >= outer)) };
  },
  gauss: (n, random, { spread }) => {
    const y = random.shuffled(floatsOf(n, (i) => i % 2));
    const x = floatsOf(2 * n, (i) => (2 * y[i >> 1] - 1) * 0.5 + spread * random.normal());
    return { x, y };
  },
  rings: (n, random, { rings }) => {
    const ring = random.shuffled(floatsOf(n, (i) => i % rings));
    const radius = ring.map((its) => (its + random.uniform(0.1, 1 - 0.1)) / rings);
    return { x: around(radius, floatsOf(n, () => random.uniform(0, 2 * Math.PI))), y: ring.map((its) => 1 - (its % 2)) };
  },
  checkerboard: (n, random, { squares }) => {
    const x = square(n, random, -1, 1);
    const place = (at) => Math.floor(((at + 1) / 2) * squares);
    return { x, y: planeTargets(x, (x1, x2) => (place(x1) + place(x2)) % 2) };
  },
  plane: (n, random) => {
    const x = square(n, random, -1, 1);
    return { x, y: planeTargets(x, (x1, x2) => (x1 + x2) / 2) };
  },
  gaussian: (n, random, { width }) => {
    const x = square(n, random, -1, 1);
    const away = (x1, x2, at1, at2) => squared((x1 - at1) / width) + squared((x2 - at2) / width);
    const hill = (x1, x2) => (sum, [at1, at2, sign]) => sum + sign * Math.exp(-away(x1, x2, at1, at2) / 2);
    return { x, y: planeTargets(x, (x1, x2) => HILLS.reduce(hill(x1, x2), 0)) };
  },
  blobs: (n, random, { classes, spread, imbalance }) => {
    const y = labelsByShare(n, random, classes, imbalance);
    const angles = floatsOf(classes, (i) => (2 * Math.PI * i) / classes);
    const centre = (i) => (i % 2 ? Math.sin : Math.cos)(angles[y[i >> 1]]);
    return { x: floatsOf(2 * n, (i) => centre(i) + spread * random.normal()), y };
  },
  spiral: (n, random, { classes, turns }) => {
    const y = random.shuffled(floatsOf(n, (i) => i % classes));
    const radius = floatsOf(n, () => random.uniform(0.1, 1));
    return { x: around(radius, radius.map((r, i) => 2 * Math.PI * (turns * r + y[i] / classes))), y };
  },
  formula: (n, random, { extent }, { rule }) => {
    const x = square(n, random, -extent, extent);
    return { x, y: planeTargets(x, functionOf(rule, ["x1", "x2"])) };
  },
  points: (n, random, { points }) => ({
    x: Float64Array.from(points.flatMap(([x1, x2]) => [x1, x2])),
    y: Float64Array.from(points, ([, , label]) => label),
  }),
};

/** The points at these distances from the origin, in these directions. */
function around(radius, angle) {
  return floatsOf(2 * radius.length, (i) => radius[i >> 1] * (i % 2 ? Math.sin : Math.cos)(angle[i >> 1]));
}

/** Why this page cannot make the points of a configuration, or "". */
function declinesPoints({ dataset }, formulas) {
  const { name } = dataset;
  if (!Object.keys(SAMPLES).includes(name)) return `it cannot make the points of dataset=${name}`;
  if (dataset.path) return "it reads no files, and dataset.path is one";
  if (dataset.formula && !formulas.dataset[name].rule) return "it cannot compute dataset.formula";
  return "";
}

/** binary, multiclass or regression: what `auto` stands for is seen in the points, or in the formula. */
function taskOf({ dataset }, formulas) {
  if (dataset.task !== "auto") return dataset.task;
  if (dataset.points) return dataset.points.every(([, , label]) => label < 2) ? "binary" : "multiclass";
  return CONDITIONS.includes(formulas.dataset[dataset.name].rule[0]) ? "binary" : "regression";
}

/** The points with noise: `drawn` of training/points.py. */
function drawnPoints(config, formulas, task) {
  const { dataset } = config;
  const seed = dataset.points && dataset.split_seed !== null ? dataset.split_seed : config.seed;
  const random = new RandomGenerator(seed, "points");
  const { x, y } = SAMPLES[dataset.name](dataset.n_samples, random, dataset, formulas.dataset[dataset.name]);
  const n = y.length;
  if (dataset.noise) {
    const noisy = task === "regression" ? y : x;
    for (let i = 0; i < noisy.length; i++) noisy[i] += dataset.noise * random.normal();
  }
  const classes = classesOf(dataset, task, y);
  if (dataset.label_noise) {
    const isWrong = floatsOf(n, () => Number(random.uniform(0, 1) < dataset.label_noise));
    const others = floatsOf(n, () => 1 + random.below(classes - 1));
    for (let i = 0; i < n; i++) if (isWrong[i]) y[i] = (y[i] + others[i]) % classes;
  }
  return { x, y, n, inputs: x.length / n };
}

/** How many classes there are: by the data set's own word, or as its points say. */
function classesOf(dataset, task, y) {
  return task === "binary" ? 2 : (dataset.classes ?? y.reduce((most, label) => Math.max(most, label), 1) + 1);
}

function heldBack(n, fraction) {
  return Math.min(Math.max(roundedEven(n * fraction), 1), n - 1);
}

/** The indices of all points in random order: `_order` of training/split.py. */
function splitOrder({ dataset, seed }, task, y) {
  const random = new RandomGenerator(dataset.split_seed ?? seed, "split");
  const order = random.permutation(y.length);
  if (task === "regression" || (dataset.folds === null && dataset.split_seed === null)) return order;
  const place = new Float64Array(y.length);
  for (const label of [...new Set(y)].sort((a, b) => a - b)) {
    const own = order.filter((i) => y[i] === label);
    own.forEach((i, rank) => (place[i] = (rank + random.uniform(0, 1)) / own.length));
  }
  return order.map((_, i) => i).sort((a, b) => place[a] - place[b]);
}

/** Who is trained on and who is held out for validation, as indices. */
function splitIndices(config, task, y) {
  const { dataset } = config;
  const order = splitOrder(config, task, y);
  const rest = order.subarray(dataset.test_fraction ? heldBack(y.length, dataset.test_fraction) : 0);
  let [first, last] = [0, heldBack(rest.length, dataset.val_fraction)];
  if (dataset.folds !== null) {
    const [size, larger] = [Math.floor(rest.length / dataset.folds), rest.length % dataset.folds];
    const fold = dataset.fold ?? 0;
    first = fold * size + Math.min(fold, larger); // the first parts are larger by one
    last = first + size + (fold < larger ? 1 : 0);
  }
  return { val: rest.subarray(first, last), train: rest.filter((_, i) => i < first || i >= last) };
}

function chosenPoints({ x, y, inputs }, indices) {
  const chosen = new Float64Array(indices.length * inputs);
  for (let i = 0, to = 0; i < indices.length; i++)
    for (let input = 0; input < inputs; input++) chosen[to++] = x[indices[i] * inputs + input];
  return { x: chosen, y: floatsOf(indices.length, (i) => y[indices[i]]), n: indices.length, inputs };
}

/** The points with the features of a configuration for inputs. */
function withFeatures(points, features) {
  if (!features) return points;
  const rows = Array.from({ length: points.n }, (_, i) => inputsOf({ features }, points.x.subarray(2 * i, 2 * i + 2)));
  return { ...points, x: Float64Array.from(rows.flat()), inputs: features.length };
}

/** Mean and standard deviation of numbers; what is constant is only moved, exactly to 0. */
function meanAndScale(values) {
  if (values.every((value) => value === values[0])) return [values[0], 1];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return [mean, Math.sqrt(values.reduce((sum, value) => sum + squared(value - mean), 0) / values.length)];
}

/** What standardizing does, by what the training points are: `mean` and `scale` of the inputs, and `units` of y. */
function standardizing({ x, y, inputs }, task) {
  const column = (input) => x.filter((_, i) => i % inputs === input);
  const found = Array.from({ length: inputs }, (_, input) => meanAndScale(column(input)));
  const [zero, one] = task === "regression" ? meanAndScale(y) : [0, 1];
  return { mean: found.map(([mean]) => mean), scale: found.map(([, scale]) => scale), units: { zero, one } };
}

function standardized(points, { mean, scale, units }) {
  const { x, y, inputs } = points;
  return {
    ...points,
    x: x.map((value, i) => (value - mean[i % inputs]) / scale[i % inputs]),
    y: y.map((target) => (target - units.zero) / units.one),
  };
}

/**
 * What a configuration trains on and validates on: {train, val, task, outputs}, as the network gets them; the same as
 * `given` by the data set, and the `preparation` between them.
 */
function pointsOf(config, formulas) {
  const { dataset } = config;
  const task = taskOf(config, formulas);
  const all = drawnPoints(config, formulas, task);
  const areAllTrained = dataset.n_samples === null;
  const indices = areAllTrained ? null : splitIndices(config, task, all.y);
  const given = { train: areAllTrained ? all : chosenPoints(all, indices.train) };
  given.val = areAllTrained ? given.train : chosenPoints(all, indices.val);
  const { features } = dataset;
  let train = withFeatures(given.train, features);
  let val = areAllTrained ? train : withFeatures(given.val, features);
  let preparation = { features, mean: null, scale: null, units: { zero: 0, one: 1 } };
  if (dataset.standardize) {
    preparation = { features, ...standardizing(train, task) };
    const isSame = val === train;
    train = standardized(train, preparation);
    val = isSame ? train : standardized(val, preparation);
  }
  const outputs = task === "multiclass" ? classesOf(dataset, task, all.y) : 1;
  return { train, val, task, outputs, given, preparation };
}
