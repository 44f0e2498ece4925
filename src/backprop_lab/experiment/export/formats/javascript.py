"""An ES module without dependencies."""

import json
from collections.abc import Sequence
from typing import Any

from backprop_lab.experiment.export.described import Plain, network
from backprop_lab.experiment.export.expression import CALLED, expression
from backprop_lab.options.formula import Tree
from backprop_lab.runs.run import Run

MEANS = "an ES module with predict(rows), for browsers and Node"
FOR_ANY_MODEL = False

FUNCTIONS = {
    **{name: f"Math.{name}({{}})".format for name in CALLED},
    "where": "({} ? {} : {})".format,
}

BEGINNING = """\
// A network that was trained with Backprop Lab: an ES module without dependencies.
//
// predict(rows) gives the {meaning} for each row: {shape}.
//
// The rows have the columns and the units of the table of the training: numbers, or one of the texts that `columns`
// lists for a column of categories. Where a column has a `filling`, that takes the place of a cell that is empty, null,
// undefined or NaN. Rows are objects by the name of the column, or arrays in the order of `columns`.

"""

PREDICT = """
export function predict(rows) {
  return rows.map((row, i) => {
    let x = prepared(inputs(row, i + 1));
    for (const { weights, biases, activation } of layers) {
      x = weights.map((of_unit, unit) => {
        let z = biases ? biases[unit] : 0;
        for (let k = 0; k < x.length; k++) z += of_unit[k] * x[k];
        return activation(z);
      });
    }
    return predictions(x)%s;
  });
}

function inputs(row, number) {
  const isList = Array.isArray(row);
  if (isList ? row.length !== columns.length : row === null || typeof row !== "object") {
    throw new RangeError(`row ${number}: allowed: ${columns.length} cells, or an object by column`);
  }
  return columns.flatMap(({ name, categories, filling }, i) => {
    const where = `row ${number}, column ${JSON.stringify(name)}`;
    if (!isList && !Object.hasOwn(row, name)) throw new RangeError(`${where}: missing`);
    const given = isList ? row[i] : row[name];
    const isEmpty = given === null || given === undefined || Number.isNaN(given) || String(given).trim() === "";
    const cell = isEmpty && filling !== null ? filling : given;
    if (categories.length) {
      const text = categories.includes(String(cell)) ? String(cell) : String(cell).trim();
      if (!categories.includes(text)) {
        throw new RangeError(`${where}: got ${JSON.stringify(text)}; allowed: one of ${JSON.stringify(categories)}`);
      }
      return categories.map((category) => Number(category === text));
    }
    const value = typeof cell === "string" && cell.trim() ? Number(cell) : cell;
    if (!Number.isFinite(value)) throw new RangeError(`${where}: got ${String(cell)}; allowed: a finite number`);
    return value;
  });
}
"""


def exported(run: Run) -> bytes:
    plain = network(run)
    count = len(plain["layers"][-1]["weights"])
    one = "a number; class 1 is the second of `classes`" if plain["classes"] else "a number"
    shape = one if count == 1 else f"an array of {count} in the order of `classes`"
    said = [f"export const {name} = {_literal(plain[name])};\n" for name in ("source", "columns", "target", "classes")]
    parts = [BEGINNING.format(meaning=plain["predictions"], shape=shape), *said, _layers(plain), _prepared(plain),
             _predictions(plain["prediction"]), PREDICT % ("[0]" if count == 1 else "")]  # fmt: skip
    return "".join(parts).encode()


def _literal(value: Any) -> str:
    """JSON in ASCII, which is JavaScript too; also between the tags of a page."""
    return json.dumps(value, allow_nan=False).replace("<", "\\u003c")


def _layers(plain: Plain) -> str:
    layers = [
        f"  {{\n    weights: {_literal(layer['weights'])},\n    biases: {_literal(layer['biases'])},\n"
        f"    activation: (z) => {expression(layer['activation'], FUNCTIONS)},\n  }},\n"
        for layer in plain["layers"]
    ]
    return f"const layers = [\n{''.join(layers)}];\n"


def _prepared(plain: Plain) -> str:
    """The function from the inputs as given to those of the network."""
    steps = []
    if plain["features"] is not None:
        made = ", ".join(expression(tree, FUNCTIONS) for tree in plain["features"])
        steps += ["const [x1, x2] = x;", f"x = [{made}];"]
    if plain["mean"] is not None:
        steps += [f"const mean = {_literal(plain['mean'])};", f"const scale = {_literal(plain['scale'])};"]
        steps += ["x = x.map((value, i) => (value - mean[i]) / scale[i]);"]
    return _function("prepared(x)", [*steps, "return x;"])


def _predictions(tree: Tree) -> str:
    """The function from the outputs of a point; what is over all of them is computed once."""
    over_all: dict[str, str] = {}

    def named(call: str, text: str) -> str:
        return over_all.setdefault(call.format(f"outputs.map((z) => {text})"), f"part{len(over_all) + 1}")

    functions = FUNCTIONS | {
        "max": lambda text: named("Math.max(...{})", text),
        "sum": lambda text: named("{}.reduce((a, b) => a + b)", text),
    }
    made = expression(tree, functions)
    steps = [f"const {name} = {call};" for call, name in over_all.items()] + [f"return outputs.map((z) => {made});"]
    return _function("predictions(outputs)", steps)


def _function(name: str, steps: Sequence[str]) -> str:
    lines = "".join(f"  {step}\n" for step in steps)
    return f"\nfunction {name} {{\n{lines}}}\n"
