// The words at each of few points: inside the picture, and over no other point or words.

/** Where the words of each point stand, as {x, y} of their middle at the base line; null where there is no room. */
function placesOfLabels(places, widths, radius, plane) {
  const size = PLANE_TEXT * rem();
  const [[left, right], [bottom, top]] = [plane.x.range(), plane.y.range()];
  const marks = places.map(([x, y]) => boxAround(x, y, 2 * radius, 2 * radius));
  const taken = [];
  return places.map(([x, y], i) => {
    const [beside, level] = [radius + widths[i] / 2 + 0.4 * size, radius + 0.7 * size];
    const middles = [[x, y - level], [x, y + level], [x + beside, y], [x - beside, y]]; // prettier-ignore
    const free = middles
      .flatMap(([a, b]) => [[a, b], [Math.min(Math.max(a, left + widths[i] / 2), right - widths[i] / 2), b]]) // prettier-ignore
      .map(([a, b]) => ({ x: a, y: b, box: boxAround(a, b, widths[i], size) }))
      .filter(({ box: [x0, y0, x1, y1] }) => x0 >= left - 1 && x1 <= right + 1 && y0 >= top - 1 && y1 <= bottom + 1)
      .find((place) => ![...marks, ...taken].some((other) => overlaps(place.box, other)));
    if (!free) return null;
    taken.push(free.box);
    return { x: free.x, y: free.y + 0.35 * size };
  });
}

function boxAround(x, y, width, height) {
  return [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
}

function overlaps([a0, b0, a1, b1], [c0, d0, c1, d1]) {
  return a0 < c1 && c0 < a1 && b0 < d1 && d0 < b1;
}
