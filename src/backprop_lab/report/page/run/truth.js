// A regression: what was predicted for each point, against what is true.

function startTruth(report) {
  const container = byId("truth-picture");
  if (!container || report.is_classification) return;
  const count = report.points.train + report.points.val;
  const last = report.frames.epoch.length - 1;
  const answers = (frame) => d3.range(count).map((i) => report.at["points/answer"](frame, i));
  const [low, high] = d3.extent([...d3.range(count).map((i) => report.at["points/y"](i)), ...answers(last)].filter(Number.isFinite));
  const margin = 0.04 * (high - low || 1);
  const ends = [low - margin, high + margin];
  let drawn = null;
  const render = () => {
    if (!drawn) return;
    const predicted = answers(state.frame);
    const beyond = predicted.filter((value) => !(value >= ends[0] && value <= ends[1])).length;
    for (const [part, isTraining] of [["training", true], ["validation", false]]) {
      const marks = d3.range(count).flatMap((i) => {
        if (i < report.points.train !== isTraining || !Number.isFinite(predicted[i])) return [];
        const y = drawn.y(Math.min(ends[1], Math.max(ends[0], predicted[i])));
        return [`M${drawn.x(report.at["points/y"](i)) - drawn.radius},${y}a${drawn.radius},${drawn.radius} 0 1 0 ${2 * drawn.radius},0a${drawn.radius},${drawn.radius} 0 1 0 ${-2 * drawn.radius},0`]; // prettier-ignore
      });
      drawn[part].setAttribute("d", marks.join(""));
    }
    const outside = beyond ? ` ${wholeText(beyond)} predictions are beyond the picture and drawn at its border.` : "";
    drawn.svg.setAttribute("aria-label", `Predicted against true ${report.target} of ${wholeText(count)} points.${outside}`);
    byId("truth-legend").textContent = `On the line a prediction is exact; above it, it is too high. ${pointCounts(report)}${report.points.same ? "" : " (hollow)"}.${outside}`;
  };
  const build = (width) => {
    const plane = planeIn(container, {
      width: Math.min(width, 30 * rem()),
      isEqual: true,
      x: ends,
      y: ends,
      names: [`true ${report.target}`, `predicted ${report.target}`],
      label: "",
    });
    const [a, b] = ends.map((end) => [plane.x(end), plane.y(end)]);
    plane.svg.append(draw("path", { class: "diagonal", d: `M${a}L${b}` }));
    const [training, validation] = ["training", "validation"].map((part) =>
      plane.svg.appendChild(draw("path", { class: `value ${part}`, ...plane.clip })),
    );
    drawn = { ...plane, training, validation, radius: (count <= FEW_POINTS ? 0.35 : 0.17) * rem() };
    render();
  };
  onWidth(container, build);
  follow(["theme"], () => container.clientWidth && build(container.clientWidth));
  follow(["frame"], render);
}
