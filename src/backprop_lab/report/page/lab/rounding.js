// How long a training takes, and how far roundings move its end.

const WORK_OF_A_POINT = 90; // nanoseconds
const WORK_OF_A_PARAMETER = 5; // at each point
// By precision: one rounding of a number near 1, and a difference that roundings of an ordinary training add up to.
const ROUNDING = { 64: 2 ** -52, 32: 2 ** -24 };
const ORDINARY = { 64: 1e-9, 32: 1e-4 };

function movedStart(rung, moved) {
  rung.w.forEach((weight, i) => (rung.w[i] = weight + (i % 2 ? moved : -moved) * Math.max(1, Math.abs(weight))));
  return rung;
}

/** The largest difference; infinite where one is not finite. */
function farthest(one, other) {
  return one.reduce((most, weight, i) => {
    const away = Math.abs(weight - other[i]);
    return Number.isFinite(away) ? Math.max(most, away) : Infinity;
  }, 0);
}

/** A size with one digit, rounded up, so that what is said is true. */
function atMost(size) {
  if (size === 0 || !Number.isFinite(size)) return numberText(size);
  const power = Math.floor(Math.log10(size));
  return numberText(Number(`${Math.ceil(Number((size / 10 ** power).toPrecision(12)))}e${power}`), 1);
}
