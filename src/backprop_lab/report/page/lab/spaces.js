// Where a layer puts the plane: lines and points in the space of its outputs, seen along two axes.

/** Straight lines over a rectangle: {places, lines}, where each line is a list of places. */
function linesOver({ low, high }, count, samples) {
  if (low.length === 1) {
    const places = d3.range(samples * count).map((i) => [low[0] + ((high[0] - low[0]) * i) / (samples * count - 1)]);
    return { places, lines: [d3.range(places.length)] };
  }
  const at = (axis, share) => low[axis] + share * (high[axis] - low[axis]);
  const places = [];
  const lines = [];
  for (const along of [0, 1])
    for (let line = 0; line < count; line++)
      lines.push(d3.range(samples).map((i) => {
        const [going, kept] = [i / (samples - 1), line / (count - 1)];
        const [u, v] = along ? [kept, going] : [going, kept];
        return places.push([at(0, u), at(1, v)]) - 1;
      }));
  return { places, lines };
}

/** Outputs of the hidden layers for points {x, n, inputs} as the network gets them: for each layer its units' [n]. */
function hiddenOutputs(network, w, points) {
  const hidden = network.stages.slice(0, -1);
  const made = hidden.map(({ layer }) => d3.range(layer.units).map(() => new Float64Array(points.n)));
  network.eachPart(w, points, (first, n) => {
    hidden.forEach(({ a }, at) => made[at].forEach((row, unit) => row.set(a.subarray(unit * n, (unit + 1) * n), first)));
  });
  return made;
}

/** The two axes of the strongest directions of units' outputs [units][n]: {mean, axes, share}. */
function strongestAxes(outputs) {
  const mean = outputs.map((row) => d3.mean(row));
  const { vectors, share } = principalDirections(outputs.map((row, unit) => row.map((value) => value - mean[unit])));
  const axes = [0, 1].map((i) => vectors[i] ?? outputs.map(() => 0));
  // Its largest part is positive, so that a picture does not turn over from one page to the next.
  const signed = axes.map((axis) => (axis[d3.maxIndex(axis, Math.abs)] < 0 ? axis.map((part) => -part) : axis));
  return { mean, axes: signed, share };
}

/** The two axes of two units. */
function axesOfUnits(count, units) {
  return { mean: d3.range(count).map(() => 0), axes: units.map((chosen) => d3.range(count).map((unit) => Number(unit === chosen))), share: null };
}

/** Where points with these outputs [units][n] are along two axes: [x, y], each [n]. */
function alongAxes(outputs, { mean, axes }) {
  return axes.map((axis) => {
    const row = new Float64Array(outputs[0].length);
    outputs.forEach((values, unit) => {
      if (axis[unit]) for (let i = 0; i < row.length; i++) row[i] += axis[unit] * (values[i] - mean[unit]);
    });
    return row;
  });
}

/** Where the output behind a layer of two units or one is 0: a x + b y + c = 0 along the axes. */
function straightBoundary(weights, bias, { mean, axes }) {
  const [a, b] = axes.map((axis) => d3.sum(weights, (w, unit) => w * axis[unit]));
  return { a, b, c: bias + d3.sum(weights, (w, unit) => w * mean[unit]) };
}
