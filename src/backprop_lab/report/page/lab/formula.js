// Formulas of options as options/formula.py wrote them down: nested lists such as ["*", 2, "z"].

const OPERATIONS = {
  "+": (a, b) => a + b,
  "-": (a, b) => (b === undefined ? -a : a - b),
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "//": (a, b) => Math.floor(a / b),
  "**": (a, b) => a ** b,
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "<=": (a, b) => a <= b,
  ">=": (a, b) => a >= b,
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  and: (a, b) => a && b,
  or: (a, b) => a || b,
  not: (a) => !a,
  where: (condition, yes, no) => (condition ? yes : no),
  abs: Math.abs,
  exp: Math.exp,
  log1p: Math.log1p,
  sqrt: Math.sqrt,
  tanh: Math.tanh,
  sin: Math.sin,
  cos: Math.cos,
};
const CONDITIONS = ["<", ">", "<=", ">=", "==", "!=", "and", "or", "not"];

/** The function of numbers that a formula says, its arguments in the order of `names`. */
function functionOf(tree, names = ["z"]) {
  const part = (inner) => {
    if (typeof inner === "number") return () => inner;
    if (typeof inner === "string") {
      const place = names.indexOf(inner);
      return (values) => values[place];
    }
    const operation = OPERATIONS[inner[0]];
    const operands = inner.slice(1).map(part);
    return (values) => operation(...operands.map((operand) => operand(values)));
  };
  const whole = part(tree);
  return (...values) => whole(values);
}
