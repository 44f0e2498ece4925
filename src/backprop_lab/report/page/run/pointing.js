// Reading a value off the picture: with the mouse, a finger, or a cross moved with the arrow keys.

let pointedAt = [0.5, 0.5]; // the place of the cross, from 0 to 1 along x and y
const DECIMALS = 3; // of a coordinate, if the picture is about 1 wide

/** The network, computed from the weights of the page: (frame, its inputs) -> outputs of each layer; null without. */
function networkOf(report) {
  if (!report.has_weights || !report.layers.length) return null;
  if (!report.prediction_of_output && !report.classes) return null;
  const formulaOf = ({ activation }) => (activation === null ? "z" : report.live.formulas.activation[activation].value);
  if (report.layers.some((layer) => formulaOf(layer) === null)) return null;
  const layers = report.layers.map((layer) => ({ ...layer, activation: functionOf(formulaOf(layer)) }));
  return (frame, inputs) => forward(layers, report.at.weights(frame), inputs);
}

/** The prediction, with several classes the list of them, or the selected unit's output, for inputs of the network. */
function exactValue(report, network, inputs) {
  const outputs = network(state.frame, inputs);
  return state.unit === null ? predictionOf(report, outputs.at(-1)) : outputs[state.unit[0]][state.unit[1]];
}

/** The prediction for the outputs of the last layer; with several classes the list of them. */
function predictionOf(report, outputs) {
  if (!report.classes) return functionOf(report.prediction_of_output)(outputs[0]);
  return report.is_probability ? softmax(outputs) : outputs;
}

function softmax(outputs) {
  const largest = d3.max(outputs);
  const parts = outputs.map((z) => Math.exp(z - largest));
  return parts.map((part) => part / d3.sum(parts));
}

/** The same from the nearest cell of the picture; u and v go from 0 to 1 along x and y. */
function nearestValue(report, u, v) {
  const { frame, unit } = state;
  const largest = unit === null ? 1 : report.at[`largest/${unit[0]}`](unit[1]);
  const values = unit === null ? report.at.field(frame) : report.at[`unit/${unit[0]}`](frame, unit[1]);
  if (report.is_line) {
    const at = u * (values.length - 1);
    const left = Math.min(values.length - 2, Math.floor(at));
    return largest * d3.interpolate(values[left], values[left + 1])(at - left);
  }
  const [height, width] = report.arrays[unit === null ? "field" : `unit/${unit[0]}`].shape.slice(-2);
  const [column, row] = [Math.min(width - 1, Math.floor(u * width)), Math.min(height - 1, Math.floor(v * height))];
  if (unit === null && report.classes) return report.at["field/class"](frame)[row * width + column];
  if (unit === null && report.values) return valueOf(report, values[row * width + column]);
  if (unit === null) return report.boundary + offsets(report, frame)[row * width + column];
  const root = values[row * width + column] / 127;
  return Math.sign(root) * root * root * largest;
}

/** Show the value at the place that is pointed at; returns say(), which shows it again for another frame or unit. */
function enablePointing(drawn, report) {
  const readout = byId("answer-readout");
  const scales = [drawn.x, drawn.y];
  const spans = scales.slice(0, report.axes.length).map((scale) => Math.abs(scale.domain()[1] - scale.domain()[0]));
  const decimals = spans.map((span) => Math.min(12, Math.max(0, DECIMALS - Math.floor(Math.log10(span)))));
  const network = networkOf(report);
  const cross = drawn.svg.appendChild(draw("path", { class: "pointer" }));
  let isShown = false;
  const say = () => {
    if (!isShown) return;
    const [a, b] = scales.map((scale, i) => scale.invert(d3.interpolate(...scale.range())(pointedAt[i])));
    // The value belongs to the coordinates as they are printed, so that a reader can check it.
    const x = [a, b].slice(0, report.axes.length).map((value, i) => Number(value.toFixed(decimals[i])) || 0);
    const place = x.map((value, i) => `${report.axes[i]} ${value.toFixed(decimals[i]).replace("-", "−")}`);
    const value = network === null ? nearestValue(report, ...pointedAt) : exactValue(report, network, inputsAt(report, x));
    const digits = network === null ? 2 : report.values ? 4 : 3;
    const isMargin = report.is_classification && !report.is_probability && !report.classes;
    const what = state.unit !== null ? `h${unitName(state.unit)} = ` : isMargin ? `${report.prediction} ` : "";
    const isClass = state.unit === null && report.classes && network === null;
    const text = isClass
      ? report.class_names[value]
      : state.unit === null
        ? predictionText(report, value, digits)
        : numberText(value, digits);
    const about = network === null && !isClass && !/^[<>]/.test(text) ? "about " : "";
    readout.textContent = `${place.join(", ")} → ${what}${about}${text}`;
    const [px, py] = [drawn.x(a), drawn.y(b)];
    cross.setAttribute("d", `M${px - 6},${py}h12M${px},${py - 6}v12`);
  };
  const show = () => {
    isShown = true;
    say();
  };
  const clear = () => {
    isShown = false;
    readout.textContent = "Point at the picture, tap it, or use the arrow keys, to read a value.";
    cross.setAttribute("d", "");
  };
  clear();
  const point = (event) => {
    const place = d3.pointer(event, drawn.svg).map((pixel, i) => {
      const [from, to] = scales[i].range();
      return (pixel - from) / (to - from);
    });
    if (place.some((share) => share < 0 || share > 1)) return;
    pointedAt = place;
    show();
  };
  drawn.svg.setAttribute("tabindex", 0);
  drawn.svg.addEventListener("pointerdown", point);
  drawn.svg.addEventListener("pointermove", point);
  // A finger leaves when it is lifted; what it pointed at stays.
  drawn.svg.addEventListener("pointerleave", (event) => event.pointerType !== "touch" && clear());
  drawn.svg.addEventListener("focus", show);
  drawn.svg.addEventListener("blur", clear);
  drawn.svg.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!steps) return;
    event.preventDefault();
    event.stopPropagation();
    pointedAt = pointedAt.map((value, i) => Math.min(1, Math.max(0, value + steps[i] / 40)));
    show();
  });
  const place = () => scales.map((scale, i) => scale.invert(d3.interpolate(...scale.range())(pointedAt[i])));
  return { say, place };
}
