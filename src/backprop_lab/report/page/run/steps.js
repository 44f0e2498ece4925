// The norms of gradients, weights and updates of each layer.

const USUAL = [1e-4, 1e-1]; // update as a share of the weights
const LAYER_LINES = [
  { stroke: "var(--layer-1)", dash: null },
  { stroke: "var(--layer-2)", dash: "6,3" },
  { stroke: "var(--layer-3)", dash: "2,3" },
];
const MOST_SHOWN_LAYERS = 8;

function startSteps(report) {
  byId("steps-charts").replaceChildren();
  const { layers, ...sizes } = report.sizes;
  const epochs = report.frames.epoch;
  const x = { label: "epoch", cube: true, max: epochs.at(-1) };
  const shown =
    layers.length <= MOST_SHOWN_LAYERS
      ? d3.range(layers.length)
      : [
          ...new Set(
            d3.range(MOST_SHOWN_LAYERS).map((k) => Math.round((k * (layers.length - 1)) / (MOST_SHOWN_LAYERS - 1))),
          ),
        ];
  const titles = { gradient: "Gradient", weight: "Weights", update: "Update", ratio: "Update ÷ weights" };
  const onJump = (epoch) => change({ frame: nearestFrame(report, epoch), playing: false });
  const drawn = Object.entries(titles).flatMap(([key, title]) => {
    const place = byId("steps-charts").appendChild(make("div", { class: "one-chart" }, make("h3", {}, title)));
    const line = (layer, look) => ({
      name: layers[layer],
      x: epochs,
      y: sizes[key].map((row) => row[layer]),
      width: 2,
      ...look,
    });
    const y = { log: true, ...(key === "ratio" && { band: USUAL }) };
    if (layers.length <= LAYER_LINES.length) {
      return [
        lineChart(place, {
          title,
          lines: shown.map((layer) => line(layer, LAYER_LINES[layer])),
          x,
          y,
          height: 10,
          onJump,
        }),
      ];
    }
    // Too many layers to distinguish by colour: one small chart each, on a common scale.
    const all = shown.flatMap((layer) => sizes[key].map((row) => row[layer])).filter((value) => value > 0);
    const [low, high] = d3.extent(all);
    const lines = shown.map((layer) => line(layer, { stroke: "var(--ink)", dash: null }));
    const charts = lines.map((one) =>
      lineChart(place, { title, lines: [one], x, y: { ...y, low, high }, height: 4.5, onJump, isBare: true }),
    );
    place.append(numbersTable(() => ({ lines, x })));
    return charts;
  });
  follow(["frame"], () => drawn.forEach((chart) => chart.moveTo(momentIn(epochs, report))));
  follow(["even"], () => {
    byId("steps-axis").textContent = state.even ? "" : "The epoch axis is stretched at the start. ";
    drawn.forEach((chart) => chart.change({ x: { ...x, cube: !state.even } }));
  });
}
