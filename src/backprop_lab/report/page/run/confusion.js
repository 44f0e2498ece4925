// How often which class is taken for which: a table whose cells can be chosen, and what follows from it for each class.

const MOST_WIDE_CELLS = 6; // of a row

function startConfusion(report) {
  const container = byId("confusion-matrix");
  if (!container || !report.arrays.confusion) return;
  const { class_names: names } = report;
  const columns = hasUndecided(report) ? [...names, "undecided"] : names;
  const cells = names.map((name, row) =>
    columns.map((predicted, column) =>
      make("td", {
        role: "gridcell",
        tabindex: row || column ? -1 : 0,
        "data-cell": `${row}.${column}`,
        click: () => chooseCell([row, column]),
      }),
    ),
  );
  const head = (name) => make("th", { scope: "col", role: "columnheader", title: name }, make("span", {}, name));
  const table = make(
    "table",
    { role: "grid", class: names.length > MOST_WIDE_CELLS && "narrow", "aria-label": "Confusion matrix of the validation points; arrow keys move between the cells" },
    make(
      "thead",
      {},
      make("tr", { role: "row" }, make("th", { role: "columnheader", scope: "col" }, "true \\ predicted"), ...columns.map(head)),
    ),
    make(
      "tbody",
      {},
      ...names.map((name, row) =>
        make("tr", { role: "row" }, make("th", { scope: "row", role: "rowheader" }, name), ...cells[row]),
      ),
    ),
  );
  container.replaceChildren(table);
  enableCellKeys(table, cells);
  follow(["frame"], () => {
    const counts = countsOf(report, state.frame);
    cells.forEach((row, i) => row.forEach((cell, j) => fillCell(report, cell, counts, [i, j], columns)));
    byId("confusion-classes").replaceChildren(classTable(report, counts));
  });
  follow(["cell"], () =>
    cells.forEach((row, i) => row.forEach((cell, j) => cell.setAttribute("aria-selected", isChosenCell([i, j])))),
  );
}

/** Whether rounding would decide about a point in some frame. */
function hasUndecided(report) {
  const [frames, rows, columns] = report.arrays.confusion.shape;
  return d3.range(frames).some((frame) => d3.range(rows).some((row) => report.at.confusion(frame, row, columns - 1) > 0));
}

/** The counts of a frame: a list of columns for each true class. */
function countsOf(report, frame) {
  return report.class_names.map((_, row) => [...report.at.confusion(frame, row)]);
}

function isChosenCell([row, column]) {
  return state.cell !== null && state.cell[0] === row && state.cell[1] === column;
}

function chooseCell(cell) {
  change({ cell: isChosenCell(cell) ? null : cell });
}

function fillCell(report, cell, counts, [row, column], columns) {
  const count = counts[row][column];
  const share = count / (d3.sum(counts[row]) || 1);
  const isRight = row === column;
  cell.textContent = wholeText(count);
  cell.className = count === 0 ? "none" : isRight ? "right" : "wrong";
  cell.style.setProperty("--share", `${Math.round(15 + 70 * share)}%`);
  const points = count === 1 ? "1 point" : `${wholeText(count)} points`;
  const predicted = column < report.class_names.length ? `predicted ${columns[column]}` : columns[column];
  cell.setAttribute("aria-label", `true ${report.class_names[row]}, ${predicted}: ${points}`);
}

/** Tab reaches one cell; the arrow keys move between them, Enter and Space choose. */
function enableCellKeys(table, cells) {
  table.addEventListener("keydown", (event) => {
    const current = event.target.closest("td[data-cell]");
    if (!current || event.ctrlKey || event.metaKey || event.altKey) return;
    const [row, column] = current.dataset.cell.split(".").map(Number);
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (steps) {
      const next = cells[row + steps[0]]?.[column + steps[1]];
      if (next) {
        current.tabIndex = -1;
        next.tabIndex = 0;
        next.focus();
      }
    } else if (event.key === "Enter" || event.key === " ") chooseCell([row, column]);
    else return;
    event.preventDefault();
  });
}

/** Precision, recall and F1 of a class from the counts of a frame; null where nothing was predicted as it, or is it. */
function scoresOf(counts, label) {
  const own = counts[label][label];
  const predicted = d3.sum(counts, (row) => row[label]);
  const there = d3.sum(counts[label]);
  return {
    there,
    precision: predicted ? own / predicted : null,
    recall: there ? own / there : null,
    f1: predicted + there ? (2 * own) / (predicted + there) : null,
  };
}

function classTable(report, counts) {
  const number = (value) => make("td", {}, value === null ? "—" : value.toFixed(3));
  const head = ["class", "precision", "recall", "F1", "points"];
  const row = (name, label) => {
    const { there, precision, recall, f1 } = scoresOf(counts, label);
    return make(
      "tr",
      {},
      make("th", { scope: "row" }, name),
      number(precision),
      number(recall),
      number(f1),
      make("td", {}, wholeText(there)),
    );
  };
  return make(
    "table",
    {},
    make("thead", {}, make("tr", {}, ...head.map((name) => make("th", { scope: "col" }, name)))),
    make("tbody", {}, ...report.class_names.map(row)),
  );
}
