// Formulas of options as options/formula.py wrote them down: nested lists such as ["*", 2, "z"].

const OPERATIONS = {
  "+": (a, b) => a + b,
  "-": (a, b) => (b === undefined ? -a : a - b),
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  where: (condition, yes, no) => (condition ? yes : no),
  abs: Math.abs,
  exp: Math.exp,
  log1p: Math.log1p,
  sin: Math.sin,
  sqrt: Math.sqrt,
  tanh: Math.tanh,
};

/** The function of one number that a formula says. */
function functionOf(tree) {
  if (tree === "z") return (z) => z;
  if (typeof tree === "number") return () => tree;
  const operation = OPERATIONS[tree[0]];
  const operands = tree.slice(1).map(functionOf);
  return (z) => operation(...operands.map((operand) => operand(z)));
}
