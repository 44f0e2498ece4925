// Which inputs the predictions depend on: bars with their deviation, the most important ones first.

const MOST_BARS = 12;

function startImportance(report) {
  const container = byId("importance-bars");
  if (!container || !report.importance) return;
  container.replaceChildren();
  const { names, mean, deviation, metric, points, repeats } = report.importance;
  const ends = d3.extent([0, ...mean.flatMap((value, i) => [value - deviation[i], value + deviation[i]])]);
  const place = d3.scaleLinear(ends[0] === ends[1] ? [0, 1] : ends, [1, 99]);
  const row = (i) =>
    make(
      "tr",
      {},
      make("th", { scope: "row" }, names[i]),
      make("td", { class: "bar-cell" }, importanceBar(place, mean[i], deviation[i])),
      make("td", {}, `${fixed(mean[i])} ± ${fixed(deviation[i])}`),
    );
  const table = (from, to) =>
    make(
      "table",
      { class: "bars" },
      make("thead", {}, make("tr", {}, ...["input", "", `${report.metric_label} lost`].map((name) => make("th", { scope: "col" }, name)))), // prettier-ignore
      make("tbody", {}, ...d3.range(from, to).map(row)),
    );
  const shown = Math.min(MOST_BARS, names.length);
  container.append(table(0, shown));
  if (shown < names.length)
    container.append(
      make("details", {}, make("summary", {}, `${names.length - shown} more`), table(shown, names.length)),
    );
  const of = report.points.same ? report.points.of_train : report.points.of_val;
  const counted = points < of ? `${wholeText(points)} of ${wholeText(of)}` : wholeText(points);
  byId("importance-legend").textContent = `Mean ± standard deviation over ${repeats} shufflings of ${counted} validation points, with the final weights, whose ${report.metric_label} on them is ${numberText(metric)}.`;
}

/** With three decimals; what they round to 0 has no sign. */
function fixed(value) {
  return value.toFixed(3).replace(/^-(?=0\.000$)/, "").replace("-", "−");
}

/** A bar from 0 to the mean, and a line over mean ± deviation. */
function importanceBar(place, mean, deviation) {
  const [from, to] = d3.extent([place(0), place(mean)]);
  return draw(
    "svg",
    { class: "bar", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    draw("rect", { class: mean < 0 ? "negative" : "positive", x: from, y: 1.5, width: to - from, height: 7 }),
    draw("line", { x1: place(mean - deviation), x2: place(mean + deviation), y1: 5, y2: 5 }),
    draw("line", { class: "zero-line", x1: place(0), x2: place(0), y1: 0, y2: 10 }),
  );
}
