// The points of the cell that is chosen in the confusion matrix: their values, or their pictures.

const MOST_ROWS_OF_CELL = 20;
const MOST_PICTURES_OF_CELL = 40;

function startCell(report) {
  const container = byId("confusion-points");
  if (!container || !report.arrays.confusion) return;
  const network = networkOf(report);
  follow(["frame", "cell", "theme"], () => {
    container.replaceChildren(...(state.cell ? cellContent(report, network, state.cell) : [cellHint(report)]));
  });
  follow(["cell"], () => {
    if (state.cell) byId("spoken").textContent = `${cellTitle(report, state.cell)}: ${countedPoints(report, state.cell)}`;
  });
}

function cellHint({ points, arrays }) {
  const counted = points.same ? points.of_train : points.of_val;
  const known = points.same ? points.train : points.known - points.train;
  const some = known < counted ? ` Of the ${wholeText(counted)} points the first ${wholeText(known)}, which are in random order, are on this page.` : ""; // prettier-ignore
  const listed = arrays["points/given"] ? " and lists them" : "";
  return make("p", { class: "legend" }, `A cell that is chosen shows its points in the picture above${listed}.${some}`);
}

/** Whether the class that is predicted for a point is that of a column. */
function isInColumn(report, label, column) {
  return column === report.class_names.length ? label === UNDECIDED : label === column;
}

/** The first of the points that are validated on, in the order of the page. */
function firstValidated(report) {
  return report.points.same ? 0 : report.points.train;
}

/** The points on this page that are in a cell in the frame that is shown. */
function pointsOfCell(report, [row, column]) {
  return d3
    .range(firstValidated(report), report.points.known)
    .filter((i) => report.at["points/y"](i) === row && isInColumn(report, labelOf(report, state.frame, i), column));
}

function cellTitle({ class_names: names }, [row, column]) {
  const predicted = column < names.length ? `predicted ${names[column]}` : "undecided";
  return `true ${names[row]}, ${predicted}${row === column ? "" : ", which is wrong"}`;
}

/** How many points are in a cell, and how many of them are on this page. */
function countedPoints(report, cell) {
  const [count, known] = [report.at.confusion(state.frame, ...cell), pointsOfCell(report, cell).length];
  const all = count === 1 ? "1 point" : `${wholeText(count)} points`;
  return known < count ? `${all}, ${wholeText(known)} of them on this page` : all;
}

function cellContent(report, network, cell) {
  const points = pointsOfCell(report, cell);
  const said = countedPoints(report, cell);
  const close = make("button", { type: "button", click: () => change({ cell: null }) }, "Back");
  const title = make("h3", {}, `${cellTitle(report, cell)} `, close);
  const from = firstValidated(report);
  const last = from + (report.arrays["points/given"]?.shape[0] ?? 0);
  const listed = points.filter((i) => i < last);
  if (!listed.length) return [title, make("p", {}, `${said}.`)];
  const most = report.image ? MOST_PICTURES_OF_CELL : MOST_ROWS_OF_CELL;
  const shown = listed.slice(0, most);
  const first = shown.length < points.length ? ` The first ${shown.length}:` : "";
  const values = shown.map((i) => report.at["points/given"](i - from));
  const sure = values.map((x) => network && confidence(report, network, x));
  return [
    title,
    make("p", {}, `${said}.${first}`),
    report.image ? pictures(report, values, sure) : pointTable(report, values, sure),
  ];
}

/** The prediction for a point as given. */
function confidence(report, network, x) {
  const outputs = network(state.frame, inputsOf(report.preparation, [...x])).at(-1);
  return predictionText(report, predictionOf(report, outputs));
}

/** What is predicted: the head of its column. */
function predictionHead(report) {
  return report.classes ? `predicted (${report.is_probability ? "probability" : "margin"})` : report.prediction;
}

function pointTable(report, values, sure) {
  const hasSure = sure.some((each) => each !== null);
  const head = [...(hasSure ? [predictionHead(report)] : []), ...report.columns.map(({ name }) => name)];
  const rows = values.map((x, i) => [...(hasSure ? [sure[i]] : []), ...report.columns.map((column) => cellText(report, column, x))]);
  return make(
    "div",
    { class: "scrolls", tabindex: 0, role: "region", "aria-label": "Points of the cell" },
    make(
      "table",
      {},
      make("thead", {}, make("tr", {}, ...head.map((name) => make("th", { scope: "col" }, name)))),
      make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((text) => make("td", {}, text))))),
    ),
  );
}

/** A number, or the category whose input is 1. */
function cellText(report, { name, inputs }, x) {
  if (inputs.length === 1) return tickText(x[inputs[0]]);
  const chosen = inputs.find((input) => x[input] === 1);
  return chosen === undefined ? "" : report.inputs[chosen].slice(name.length + 1);
}

function pictures(report, values, sure) {
  return make(
    "div",
    { class: "pixels" },
    ...values.map((x, i) => {
      const canvas = make("canvas", { role: "img", "aria-label": "the point as a picture" });
      paintImage(canvas, report.image, x);
      return make("figure", {}, canvas, ...(sure[i] ? [make("figcaption", {}, sure[i])] : []));
    }),
  );
}
