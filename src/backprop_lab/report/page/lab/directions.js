// Principal directions, by powers of a matrix.

const TURNS = 1_000;

const dotProduct = (one, other) => one.reduce((sum, value, i) => sum + value * other[i], 0);

/**
 * The strongest two directions in which rows [n][size] differ from 0, each of length 1, or fewer. `share` is
 * theirs of all squares, and `vectors` [n] say what of each row is in them.
 */
function principalDirections(rows) {
  const products = rows.map((row) => rows.map((other) => dotProduct(row, other)));
  const total = d3.sum(products, (row, i) => row[i]);
  const found = [];
  for (let k = 0; k < 2; k++) {
    let vector = rows.map((_, i) => 1 + ((i * 7) % 11) / 10);
    for (let turn = 0; turn < TURNS; turn++) {
      for (const { vector: other } of found) vector = vector.map((value, i) => value - dotProduct(vector, other) * other[i]);
      const turned = products.map((row) => dotProduct(row, vector));
      const length = Math.sqrt(dotProduct(turned, turned));
      if (!(length > 0)) break;
      vector = turned.map((value) => value / length);
    }
    for (const { vector: other } of found) vector = vector.map((value, i) => value - dotProduct(vector, other) * other[i]);
    const size = Math.sqrt(dotProduct(vector, vector));
    vector = vector.map((value) => value / size);
    const held = dotProduct(vector, products.map((row) => dotProduct(row, vector))); // prettier-ignore
    if (!(held > 1e-18 * total) || !(size > 1e-6)) break;
    const direction = Float64Array.from(rows[0], (_, j) => d3.sum(rows, (row, i) => row[j] * vector[i]) / Math.sqrt(held));
    found.push({ vector, held, direction });
  }
  return {
    directions: found.map(({ direction }) => direction),
    vectors: found.map(({ vector }) => vector),
    share: total > 0 ? d3.sum(found, ({ held }) => held) / total : 1,
  };
}
