// The interval of a mean difference, by Student's t distribution.

/** The probability that |t| is at most `t`, for whole degrees of freedom (Abramowitz and Stegun, 26.7.3 and 26.7.4). */
function studentWithin(t, freedom) {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const isOdd = freedom % 2 === 1;
  let [term, sum] = [isOdd ? cosine : 1, 0];
  for (let k = isOdd ? 3 : 2; k <= freedom; k += 2) {
    sum += term;
    term *= (cosine * cosine * (k - 1)) / k;
  }
  return isOdd ? ((angle + sine * sum) * 2) / Math.PI : sine * sum;
}

/** The t that |t| does not exceed with this probability. */
function studentQuantile(probability, freedom) {
  let [low, high] = [0, 1];
  while (studentWithin(high, freedom) < probability) high *= 2;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (studentWithin(middle, freedom) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The mean of at least two differences, and the interval that holds the true mean with this probability. */
function differenceInterval(differences, probability = 0.95) {
  const mean = d3.mean(differences);
  const error = d3.deviation(differences) / Math.sqrt(differences.length);
  const margin = error && studentQuantile(probability, differences.length - 1) * error;
  return { mean, low: mean - margin, high: mean + margin };
}
