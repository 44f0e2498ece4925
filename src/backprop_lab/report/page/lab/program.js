// Formulas for whole arrays: one loop for each operation, as NumPy computes them.

/** What a formula does to arrays: `out[i]` of the first `n` from those of its operands. A flag is 1 or 0. */
const LOOPS = {
  "+": (n, out, a, b) => {
    for (let i = 0; i < n; i++) out[i] = a[i] + b[i];
  },
  "-": (n, out, a, b) => {
    for (let i = 0; i < n; i++) out[i] = a[i] - b[i];
  },
  "*": (n, out, a, b) => {
    for (let i = 0; i < n; i++) out[i] = a[i] * b[i];
  },
  "/": (n, out, a, b) => {
    for (let i = 0; i < n; i++) out[i] = a[i] / b[i];
  },
  "<": (n, out, a, b) => {
    for (let i = 0; i < n; i++) out[i] = a[i] < b[i] ? 1 : 0;
  },
  ">": (n, out, a, b) => {
    for (let i = 0; i < n; i++) out[i] = a[i] > b[i] ? 1 : 0;
  },
  where: (n, out, condition, yes, no) => {
    for (let i = 0; i < n; i++) out[i] = condition[i] ? yes[i] : no[i];
  },
  below: (n, out, yes, no, a, b) => {
    for (let i = 0; i < n; i++) out[i] = a[i] < b[i] ? yes[i] : no[i];
  },
  negative: (n, out, a) => {
    for (let i = 0; i < n; i++) out[i] = -a[i];
  },
  abs: (n, out, a) => {
    for (let i = 0; i < n; i++) out[i] = Math.abs(a[i]);
  },
  exp: (n, out, a) => {
    for (let i = 0; i < n; i++) out[i] = Math.exp(a[i]);
  },
  log1p: (n, out, a) => {
    for (let i = 0; i < n; i++) out[i] = Math.log1p(a[i]);
  },
  sqrt: (n, out, a) => {
    for (let i = 0; i < n; i++) out[i] = Math.sqrt(a[i]);
  },
  tanh: (n, out, a) => {
    for (let i = 0; i < n; i++) out[i] = Math.tanh(a[i]);
  },
};

/** The loop of an operation that is rare: with a call for each number. */
function slowLoop(operation) {
  return (n, out, ...operands) => {
    const given = operands.filter((operand) => operand);
    for (let i = 0; i < n; i++) out[i] = Number(operation(...given.map((operand) => operand[i])));
  };
}

/** A formula with the name of its loop: a choice by a comparison needs no flags. */
function inOneLoop(tree) {
  const [operation, first, yes, no] = tree;
  if (operation === "-" && tree.length === 2) return ["negative", first];
  if (operation !== "where" || !["<", ">"].includes(first[0])) return tree;
  const [compared, one, other] = first;
  return compared === "<" ? ["below", yes, no, one, other] : ["below", yes, no, other, one];
}

/**
 * Computes formulas for arrays of up to `size` numbers. `arrays` has one for each argument, by name; they are read
 * where they are. What two formulas have in common is computed once.
 */
class Program {
  constructor(trees, arrays, size) {
    this.size = size;
    this.steps = [];
    this.known = new Map(Object.entries(arrays).map(([name, array]) => [JSON.stringify(name), array]));
    this.results = trees.map((tree) => this.place(tree));
  }

  /** The array that will hold what a formula gives. */
  place(tree) {
    const key = JSON.stringify(tree);
    if (this.known.has(key)) return this.known.get(key);
    const array = new Float64Array(this.size);
    if (typeof tree === "number") array.fill(tree);
    else {
      const [name, ...parts] = inOneLoop(tree);
      const [a, b, c, d] = parts.map((part) => this.place(part));
      this.steps.push({ loop: LOOPS[name] ?? slowLoop(OPERATIONS[name]), out: array, a, b, c, d });
    }
    this.known.set(key, array);
    return array;
  }

  /** Compute the first `n` numbers of each result. */
  run(n) {
    for (const { loop, out, a, b, c, d } of this.steps) loop(n, out, a, b, c, d);
  }
}
