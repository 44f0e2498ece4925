// Sums of products as text; of long ones the largest parts.

const [LONGEST_SUM, LARGEST_PARTS] = [16, 8];

/** All indices, or of a long row those of the largest numbers, in order. */
function largestOf(values) {
  const all = d3.range(values.length);
  if (values.length <= LONGEST_SUM) return all;
  const size = (i) => (Number.isNaN(values[i]) ? Infinity : Math.abs(values[i]));
  return d3.sort(d3.sort(all, (i) => -size(i)).slice(0, LARGEST_PARTS));
}

/** A number as a factor: in brackets if it is negative. */
function asFactor(value, digits) {
  const text = shortText(value, digits);
  return text.startsWith("−") ? `(${text})` : text;
}

/** A number behind what is there already. */
function addedText(before, value, after = "") {
  const text = shortText(value);
  if (!before) return text + after;
  return text.startsWith("−") ? `${before} − ${text.slice(1)}${after}` : `${before} + ${text}${after}`;
}

/** [symbols, numbers] of a sum of products, each [symbols, ...factors]. */
function sumTexts(terms) {
  const products = terms.map(([, ...factors]) => factors.reduce((one, other) => one * other, 1));
  const chosen = largestOf(products);
  let numbers = "";
  for (const i of chosen) {
    const [, first, ...others] = terms[i];
    numbers = addedText(numbers, first, others.map((factor) => `·${asFactor(factor)}`).join(""));
  }
  const symbols = chosen.map((i) => terms[i][0]).join(" + ");
  const more = terms.length - chosen.length;
  if (!more) return [symbols, numbers];
  const rest = d3.sum(products) - d3.sum(chosen, (i) => products[i]);
  return [`${symbols} + … (${wholeText(more)} more)`, addedText(numbers, rest, ` (${wholeText(more)} more)`)];
}
