// Formulas as text, in symbols or in numbers: nested lists such as ["*", 2, "z"], as in lab/formula.js.

const [OF_CHOICE, OF_SUM, OF_PRODUCT, OF_SIGN, OF_POWER, OF_ONE] = [0, 1, 2, 3, 4, 5]; // how tightly a text holds together
const IN_BRACKETS = { exp: "exp", tanh: "tanh", sin: "sin", cos: "cos", sqrt: "√" };
const SIGNS = { "<": "<", ">": ">", "<=": "≤", ">=": "≥", "==": "=", "!=": "≠" };

/** Whether two formulas are the same. */
function isSameFormula(one, other) {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/** A formula in which each part that is a key of `parts`, a map from JSON, is withParts. */
function withParts(tree, parts) {
  const known = parts.get(JSON.stringify(tree));
  if (known !== undefined) return known;
  return Array.isArray(tree) ? [tree[0], ...tree.slice(1).map((part) => withParts(part, parts))] : tree;
}

/** A formula without what these `known` values of names leave out: products with 0, sums with 0, ways that are not taken. */
function folded(tree, known) {
  if (!Array.isArray(tree)) return tree;
  const [operation, ...given] = tree;
  if (operation === "where") {
    const condition = constantOf(given[0], known);
    if (condition !== null) return folded(given[condition ? 1 : 2], known);
  }
  const [a, b, ...more] = given.map((part) => folded(part, known));
  const [isZero, isOne] = [0, 1].map((value) => (part) => constantOf(part, known) === value && (value === 0 || part === 1));
  if (operation === "*" && (isZero(a) || isZero(b))) return 0;
  if (operation === "*" && (isOne(a) || isOne(b))) return isOne(a) ? b : a;
  if (operation === "+" && (isZero(a) || isZero(b))) return isZero(a) ? b : a;
  if (operation === "-" && b !== undefined && isZero(b)) return a;
  if (operation === "-" && b !== undefined && isZero(a)) return ["-", b];
  if (operation === "/" && (isZero(a) || isOne(b))) return a;
  if (operation === "where" && isSameFormula(b, more[0])) return b;
  return [operation, a, ...(b === undefined ? [] : [b]), ...more];
}

/** What a formula comes to, or null if that does not follow from what is known. */
function constantOf(tree, known) {
  if (typeof tree === "number") return tree;
  if (typeof tree === "string") return known[tree] ?? null;
  const parts = tree.slice(1).map((part) => constantOf(part, known));
  return parts.includes(null) ? null : Number(OPERATIONS[tree[0]](...parts));
}

/** What a formula comes to with these values of its names. */
function resultOf(tree, values) {
  return functionOf(tree, Object.keys(values))(...Object.values(values));
}

/** A formula as text; `leaf` makes the text of a name or a number. */
function textOf(tree, leaf) {
  return partOf(tree, leaf).text;
}

/** A text in brackets, unless it holds together more tightly than `level`. */
function heldIn({ text, level }, least) {
  return level < least ? `(${text})` : text;
}

/** {text, level} of a formula. */
function partOf(tree, leaf) {
  if (!Array.isArray(tree)) {
    const text = leaf(tree);
    return { text, level: text.startsWith("−") ? OF_SIGN : text.includes("·10") ? OF_POWER : OF_ONE };
  }
  const [operation, ...operands] = tree;
  const inside = sigmoidOf(tree);
  if (inside !== null) return { text: `sigmoid(${textOf(inside, leaf)})`, level: OF_ONE };
  const [a, b] = operands;
  if (operation === "+") return joinedBy("+", partOf(a, leaf), partOf(b, leaf));
  if (operation === "-" && operands.length === 2) return joinedBy("−", partOf(a, leaf), partOf(b, leaf));
  if (operation === "-") return negated(partOf(a, leaf));
  if (operation === "*") return productText(factorsOf(tree), leaf);
  if (operation === "/") {
    const [above, below] = [partOf(a, leaf), partOf(b, leaf)];
    return { text: `${heldIn(above, OF_PRODUCT)} / ${heldIn(below, OF_ONE)}`, level: OF_PRODUCT };
  }
  if (operation === "**") return { text: `${heldIn(partOf(a, leaf), OF_ONE)}^${heldIn(partOf(b, leaf), OF_ONE)}`, level: OF_POWER };
  if (operation === "abs") return { text: `|${textOf(a, leaf)}|`, level: OF_ONE };
  if (operation === "log1p") return { text: `ln(${textOf(a[0] === "-" && a[2] === 1 ? a[1] : ["+", 1, a], leaf)})`, level: OF_ONE };
  if (operation === "where") return choice(operands, leaf);
  if (operation in SIGNS) return { text: `${textOf(a, leaf)} ${SIGNS[operation]} ${textOf(b, leaf)}`, level: OF_CHOICE };
  return { text: `${IN_BRACKETS[operation] ?? operation}(${operands.map((part) => textOf(part, leaf)).join(", ")})`, level: OF_ONE };
}

function joinedBy(sign, left, right) {
  const start = heldIn(left, OF_SUM);
  const isOpen = right.level >= (sign === "+" ? OF_SUM : OF_PRODUCT);
  if (isOpen && right.text.startsWith("−")) return { text: `${start} ${sign === "+" ? "−" : "+"} ${right.text.slice(1)}`, level: OF_SUM };
  return { text: `${start} ${sign} ${isOpen ? right.text : `(${right.text})`}`, level: OF_SUM };
}

function negated(part) {
  if (part.level < OF_PRODUCT || part.text.startsWith("−")) return { text: `−(${part.text})`, level: OF_SIGN };
  return { text: `−${part.text}`, level: Math.min(part.level, OF_SIGN) };
}

/** The factors of a product of products. */
function factorsOf(tree) {
  return Array.isArray(tree) && tree[0] === "*" ? tree.slice(1).flatMap(factorsOf) : [tree];
}

/** Factors in a row; one that comes again is a power. */
function productText([first, ...others], leaf) {
  const isSigned = Array.isArray(first) && first[0] === "-" && first.length === 2;
  const powers = [];
  for (const factor of [isSigned ? first[1] : first, ...others]) {
    const known = powers.find((power) => isSameFormula(power.factor, factor));
    if (known) known.times += 1;
    else powers.push({ factor, times: 1 });
  }
  const texts = powers.map(({ factor, times }, i) => {
    const part = partOf(factor, leaf);
    if (times > 1) return `${heldIn(part, OF_ONE)}${[...String(times)].map((digit) => SUPERSCRIPTS[digit]).join("")}`;
    return heldIn(part, i === 0 && !isSigned ? OF_SIGN : OF_POWER);
  });
  return { text: `${isSigned ? "−" : ""}${texts.join("·")}`, level: OF_PRODUCT };
}

/** A choice between two ways; max and min where it is one. */
function choice([condition, yes, no], leaf) {
  const [compared, a, b] = condition;
  const [less, more] = compared === "<" ? [a, b] : compared === ">" ? [b, a] : [null, null];
  const said = (name, ...parts) => ({ text: `${name}(${parts.map((part) => textOf(part, leaf)).join(", ")})`, level: OF_ONE });
  if (less !== null && isSameFormula(yes, more) && isSameFormula(no, less)) return said("max", more, less);
  if (less !== null && isSameFormula(yes, less) && isSameFormula(no, more)) return said("min", less, more);
  return { text: `${textOf(yes, leaf)} if ${textOf(condition, leaf)}, else ${textOf(no, leaf)}`, level: OF_CHOICE };
}

/** The sigmoid of options/arithmetic.py. */
function sigmoidTree(x) {
  const small = ["exp", ["-", ["abs", x]]];
  return ["/", ["where", ["<", x, 0], small, 1], ["+", 1, small]];
}

/** The argument, if a formula is a sigmoid, else null. */
function sigmoidOf(tree) {
  const argument = tree[0] === "/" && tree[1][0] === "where" ? tree[1][1][1] : null;
  return argument !== null && isSameFormula(tree, sigmoidTree(argument)) ? argument : null;
}

const OPPOSITES = { "<": ">=", ">": "<=", "<=": ">", ">=": "<" };

/** Whether a choice is the larger or the smaller of two. */
function isExtreme([, [compared, a, b], yes, no]) {
  return (compared === "<" || compared === ">") && ((isSameFormula(yes, a) && isSameFormula(no, b)) || (isSameFormula(yes, b) && isSameFormula(no, a)));
}

/** A formula with the ways that these values take. */
function wayTaken(tree, values) {
  if (!Array.isArray(tree)) return tree;
  if (tree[0] === "where" && !isExtreme(tree)) return wayTaken(tree[resultOf(tree[1], values) ? 2 : 3], values);
  return [tree[0], ...tree.slice(1).map((part) => wayTaken(part, values))];
}

/** A formula in numbers, which `written` makes of values by name, and why it goes the way that it goes. */
function inNumbers(tree, values, written) {
  const leaf = (name) => (typeof name === "number" ? shortText(name) : written(name));
  const said = textOf(wayTaken(tree, values), leaf);
  if (!Array.isArray(tree) || tree[0] !== "where" || isExtreme(tree) || !(tree[1][0] in OPPOSITES)) return said;
  const [compared, ...sides] = tree[1];
  const condition = resultOf(tree[1], values) ? tree[1] : [OPPOSITES[compared], ...sides];
  return `${textOf(condition, leaf)}, so ${said}`;
}
