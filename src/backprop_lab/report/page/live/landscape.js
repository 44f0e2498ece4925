// The loss around the path of a training in this page: what report/run/landscape.py computes, on fewer points.

const LANDSCAPE_SIDE = 41;
const LANDSCAPE_POINTS = 500;
const CURVE_PLACES = 201;
const [PATH_MARGIN, EXACT_MARGIN] = [0.15, 0.5];
/** Two directions, random where the weights moved in fewer, so that the descent starts at the upper left. */
function pathDirections(moved, seed) {
  const { directions, share } = principalDirections(moved);
  const random = new RandomGenerator(seed, "landscape");
  while (directions.length < 2) {
    const direction = floatsOf(moved[0].length, () => random.normal());
    for (const other of directions) {
      const along = dotProduct(direction, other);
      direction.forEach((value, i) => (direction[i] = value - along * other[i]));
    }
    const length = Math.sqrt(dotProduct(direction, direction));
    directions.push(direction.map((value) => value / length));
  }
  const signed = directions.map((direction, i) => {
    const isTurned = dotProduct(direction, moved[0]) * (i ? -1 : 1) > 0;
    return isTurned ? direction.map((value) => -value) : direction;
  });
  return { directions: signed, share };
}

function placesAround(values, side, extent, margin) {
  const half = (0.5 + margin) * extent || 1;
  const [low, high] = d3.extent(values);
  return Array.from(evenlySpaced(-half, half, side), (place) => (low + high) / 2 + place);
}

/** The landscape of a film; `pause()` is awaited between parts of the work, and ends it if it gives false. */
async function liveLandscape(film, pause) {
  const { training, probe } = film;
  const { config, points } = training;
  const rows = training.frames.map(({ w }) => w);
  const count = rows[0].length;
  const sample = firstPoints(points.train, LANDSCAPE_POINTS);
  const lossAt = (w) => {
    probe.w.set(w);
    return probe.measure(sample).loss;
  };
  const said = { points: sample.n, has_penalty: training.rung.penalty !== null };
  if (count === 1) {
    const values = rows.map(([w]) => w);
    const [low, high] = d3.extent(values);
    const x = placesAround(values, CURVE_PLACES, high - low, EXACT_MARGIN);
    const path = values.map((w) => [w, lossAt([w])]);
    const loss = Float32Array.from(x, (w) => lossAt([w]));
    return { ...said, kind: "curve", names: ["w", "loss"], x, y: [], path, share: 1, exact: true, loss: { shape: [x.length], values: loss } };
  }
  const exact = count === 2;
  const origin = exact ? new Float64Array(2) : rows[rows.length - 1];
  const moved = rows.map((row) => row.map((value, i) => value - origin[i]));
  const { directions, share } = exact ? { directions: [[1, 0], [0, 1]], share: 1 } : pathDirections(moved, config.seed); // prettier-ignore
  const path = moved.map((row) => directions.map((direction) => dotProduct(row, direction)));
  const extent = d3.max([0, 1], (axis) => d3.max(path, (place) => place[axis]) - d3.min(path, (place) => place[axis]));
  const [x, y] = [0, 1].map((axis) => placesAround(path.map((place) => place[axis]), LANDSCAPE_SIDE, extent, exact ? EXACT_MARGIN : PATH_MARGIN));
  const loss = new Float32Array(x.length * y.length);
  for (let row = 0; row < y.length; row++) {
    if (!(await pause())) return null;
    x.forEach((a, column) => {
      const w = origin.map((value, i) => value + a * directions[0][i] + y[row] * directions[1][i]);
      loss[row * x.length + column] = lossAt(w);
    });
  }
  const names = !exact ? ["direction 1", "direction 2"] : config.model.bias ? ["w", "b"] : ["w1", "w2"];
  return { ...said, kind: "plane", names, x, y, path, share, exact, loss: { shape: [y.length, x.length], values: loss } };
}
