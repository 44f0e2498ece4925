// The network: each unit with a picture of its output, and between them the weights or their gradients.

const SINGLE_COLUMN = 16; // most units in one column; more are laid out in blocks
const BLOCK = 4; // units across
const STRONGEST = 12;
const WIDEST = 0.5; // rem
const THINNEST = 0.025;
const TOUCH = 2.75; // rem: as large as a finger, where there is room

function startNetwork(report) {
  const container = byId("network-picture");
  if (!report.layers.length) {
    container.replaceChildren(make("p", {}, report.not_layers));
    byId("views").remove();
    return;
  }
  for (const radio of document.querySelectorAll("input[name=view]")) {
    radio.disabled = !report.has_weights;
    listen(radio, "change", () => change({ view: radio.value }));
    follow(["view"], () => (radio.checked = radio.value === state.view));
  }
  const network = { report, columns: [], units: new Map(), links: [], tip: tipIn(byId("network")) };
  follow(["film"], () => (network.largest = largestWeight(report)));
  onWidth(container, (width) => {
    buildNetwork(container, network, width);
    updateNetwork(network);
    paintInputs(network);
    paintUnits(network);
  });
  follow(["theme"], () => paintInputs(network));
  follow(["film", "frame", "theme"], () => paintUnits(network));
  follow(["film", "frame", "view", "unit"], () => updateNetwork(network));
  follow(["film", "frame", "unit", "view", "fields"], () => {
    const place = document.activeElement?.dataset.place; // the field of a weight that is being pulled
    byId("network-card").replaceChildren(...unitCard(report));
    if (place !== undefined) byId("network-card").querySelector(`[data-place="${place}"]`)?.focus();
  });
}

/** The largest weight of all frames, as an absolute value. */
function largestWeight(report) {
  if (!report.has_weights) return 0;
  return d3.max(report.frames.epoch, (_, frame) => d3.max(report.at.weights(frame), Math.abs));
}

// -- layout -------------------------------------------------------------------------------------------------------------

/** The columns from the inputs to the output, each with its units. */
function columnsOf(report) {
  const hidden = report.layers.slice(0, -1).slice(0, report.most_layers);
  return [
    {
      title: "inputs",
      count: report.layers[0].inputs,
      drawn: Math.min(report.layers[0].inputs, SINGLE_COLUMN),
      kind: "input",
    },
    ...hidden.map((layer, i) => ({
      title: `layer ${i + 1}`,
      count: layer.units,
      drawn: layer.drawn,
      kind: "hidden",
      layer: i,
    })),
    {
      title: report.classes ? "outputs" : "output",
      count: report.layers.at(-1).units,
      drawn: Math.min(report.layers.at(-1).units, SINGLE_COLUMN),
      kind: "output",
      layer: report.layers.length - 1,
    },
  ];
}

function buildNetwork(container, network, width) {
  const { report } = network;
  const unit = rem();
  const columns = columnsOf(report);
  const isBlock = (column) => column.drawn > SINGLE_COLUMN;
  const rows = d3.max(columns, (column) => (isBlock(column) ? Math.ceil(column.drawn / BLOCK) : column.drawn));
  const hasBlocks = columns.some(isBlock);
  const [head, foot] = [1.4 * unit, 0.5 * unit]; // for the column titles; for the lowest badges
  const tall = Math.max(rows <= 3 ? 13 * unit : Math.max(24 * unit, 0.85 * width), hasBlocks ? 0 : rows * 1.9 * unit);
  const pitch = (tall - 0.9 * unit) / Math.max(rows, 2);
  const target = (rows <= 3 ? 4.5 : 3.3) * unit;
  const names = columns.map(({ title }, at) =>
    columns.length <= 5 ? title : ({ 0: "in", [columns.length - 1]: "out" }[at] ?? String(at)),
  );
  const cell = Math.min(pitch, 1.55 * unit, (width * 0.62) / (BLOCK * Math.max(1, columns.filter(isBlock).length)));
  const nameRoom = d3.max(report.names, (name) => textWidth(name, 0.75, 600)) + 0.5 * unit;
  const across = (width - nameRoom) / columns.length - 1.3 * unit;
  const size = Math.max(1.2 * unit, Math.min(target, pitch - 1.1 * unit, hasBlocks ? Infinity : across));
  const widths = columns.map((column, at) =>
    isBlock(column) ? BLOCK * cell : Math.max(size, textWidth(names[at], 0.75)),
  );
  const gap = Math.max(1.2 * unit, (width - nameRoom - d3.sum(widths) - 2) / (columns.length - 1));
  const wide = Math.max(width, nameRoom + d3.sum(widths) + gap * (columns.length - 1) + 2);
  const svg = draw("svg", {
    width: wide,
    height: head + tall + foot,
    class: "links",
    "aria-hidden": "true",
    "font-size": 0.75 * unit,
  });
  const stage = make(
    "div",
    { class: "stage", role: "group", "aria-label": "Units of the network; arrow keys move between them" },
    svg,
  );
  stage.style.width = `${wide}px`;
  stage.style.height = `${head + tall + foot}px`;
  if (document.documentElement.classList.contains("printing")) stage.style.zoom = width / wide; // paper does not scroll
  Object.assign(network, { columns, stage, svg });
  network.units.clear();
  let x = nameRoom;
  columns.forEach((column, at) => {
    svg.append(
      draw(
        "text",
        { class: "column-title", x: x + widths[at] / 2, y: 0.8 * unit, "text-anchor": "middle" },
        column.count > column.drawn ? `${column.drawn} of ${column.count}` : names[at],
      ),
    );
    const abreast = isBlock(column) ? BLOCK : 1;
    const side = isBlock(column) ? cell * 0.84 : size;
    const lines = Math.ceil(column.drawn / abreast);
    const step = isBlock(column) ? cell : Math.min(tall / lines, Math.max(pitch, size + 1.3 * unit), size * 2);
    d3.range(column.drawn).forEach((index) => {
      const centre = {
        x: isBlock(column) ? x + (index % abreast) * cell + cell / 2 : x + widths[at] / 2,
        y: head + (tall - 0.5 * unit) / 2 + (Math.floor(index / abreast) - (lines - 1) / 2) * step,
      };
      const hasText = !isBlock(column) && step - side >= 1.05 * unit;
      const { element } = unitElement(network, column, index, centre, side, hasText);
      const room = { x: isBlock(column) ? cell : side + gap, y: step };
      for (const way of ["x", "y"]) element.style.setProperty(`--reach-${way}`, `${reachOf(side, room[way])}px`);
      stage.append(element);
    });
    x += widths[at] + gap;
  });
  network.lines = svg.appendChild(draw("g"));
  network.wanted = null;
  enablePulling(report, svg);
  enableUnitKeys(network, stage);
  container.replaceChildren(stage);
}

/** How far a finger may miss a unit with this side: to the size of a target, but not into the next unit. */
function reachOf(side, room) {
  return Math.max(0, Math.min(TOUCH * rem(), room) - side) / 2;
}

/** A unit on the stage: a button with a picture for hidden units, a picture for inputs and the output. */
function unitElement(network, column, index, centre, side, hasText) {
  const { report } = network;
  const key = `${column.kind}.${column.layer ?? 0}.${index}`;
  const canvas = make("canvas", {});
  const isHidden = column.kind === "hidden";
  const element = make(
    isHidden ? "button" : "div",
    { class: `unit ${column.kind}`, ...(isHidden && { type: "button", tabindex: -1 }) },
    canvas,
  );
  Object.assign(element.style, {
    left: `${centre.x - side / 2}px`,
    top: `${centre.y - side / 2}px`,
    width: `${side}px`,
    height: `${side}px`,
  });
  const unit = { key, column, index, canvas, element, ...centre, side };
  if (column.kind === "input") {
    network.svg.append(
      draw(
        "text",
        {
          class: "input-name",
          x: centre.x - side / 2 - 0.35 * rem(),
          y: centre.y + 0.27 * rem(),
          "text-anchor": "end",
        },
        report.names[index] ?? `x${index + 1}`,
      ),
    );
  } else {
    const isSmall = side < 1.3 * rem(); // a bar would touch the unit below
    unit.bias = isSmall
      ? null
      : network.svg.appendChild(
          draw("rect", {
            class: "bias",
            height: 0.22 * rem(),
            y: centre.y + side / 2 + 0.12 * rem(),
            visibility: "hidden",
          }),
        );
    unit.badge = hasText
      ? network.svg.appendChild(
          draw("text", { class: "badge", x: centre.x, y: centre.y + side / 2 + 0.97 * rem(), "text-anchor": "middle" }),
        )
      : null;
  }
  if (isHidden) {
    const id = [column.layer, index];
    const tell = () => network.tip.show(unitText(report, id), centre.x + side / 2, centre.y + side / 2);
    element.addEventListener("click", (event) => {
      change({ unit: isChosen(id) ? null : id });
      // A finger has no tip, and on a phone the enlarged picture is above the screen.
      if (event.pointerType === "touch") requestAnimationFrame(() => byId("answer").scrollIntoView({ block: "start" }));
    });
    element.addEventListener("pointerenter", (event) => event.pointerType !== "touch" && tell());
    element.addEventListener("focus", () => element.matches(":focus-visible") && tell());
    element.addEventListener("pointerleave", network.tip.hide);
    element.addEventListener("blur", network.tip.hide);
  }
  network.units.set(key, unit);
  return unit;
}

function isChosen([layer, unit]) {
  return state.unit !== null && state.unit[0] === layer && state.unit[1] === unit;
}

// -- pictures -----------------------------------------------------------------------------------------------------------

/** Paint the inputs, which are the same in all frames. */
function paintInputs({ report, units }) {
  for (const { column, index, canvas } of units.values()) if (column.kind === "input") paintInput(canvas, report, index);
}

/** Paint the output of each unit in the current frame. */
function paintUnits({ report, units }) {
  for (const { column, index, canvas } of units.values()) {
    if (column.kind === "output" && report.classes) paintClass(canvas, report, state.frame, index);
    else if (column.kind === "output") paintAnswer(canvas, report, state.frame);
    else if (column.kind === "hidden") {
      const [, , height, width] = report.arrays[`unit/${column.layer}`].shape;
      const values = report.at[`unit/${column.layer}`](state.frame, index);
      if (height > 1) paint(canvas, values, height, width);
      else paintCurve(canvas, values);
    }
  }
}

/** Paint the region of one class alone. */
function paintClass(canvas, report, frame, label) {
  const [, height, width] = report.arrays["field/class"].shape;
  const labels = report.at["field/class"](frame);
  const strengths = offsets(report, frame).map((value, i) => (labels[i] === label ? value : 0));
  paintRegions(canvas, labels, strengths, height, width);
}

/** Paint an input over the plane: a gradient of colour, encoded like the units. */
function paintInput(canvas, report, index) {
  const side = 32;
  const { low, high } = report.extent;
  const slopes = low.map((_, axis) => d3.scaleLinear([0, side - 1], [low[axis], high[axis]]));
  const count = report.is_line ? side : side * side;
  const places = d3.range(count).map((i) => slopes.map((slope, axis) => slope(axis ? Math.floor(i / side) : i % side)));
  const values = places.map((place) => inputAt(report, place, index));
  const largest = d3.max(values, Math.abs) || 1;
  const root = (value) => Math.round(127 * Math.sign(value) * Math.sqrt(Math.abs(value) / largest));
  if (report.is_line)
    paintCurve(
      canvas,
      values.map((value) => value / largest),
    );
  else paint(canvas, Int8Array.from(values, root), side, side);
}

/** Paint values from -1 to 1 along a line as a small curve, with a line at 0. */
function paintCurve(canvas, values) {
  const side = 80;
  canvas.width = canvas.height = side;
  const pen = canvas.getContext("2d");
  const y = (value) => side / 2 - value * (side / 2 - 6);
  pen.strokeStyle = colour("--line");
  pen.lineWidth = 3;
  pen.beginPath();
  pen.moveTo(0, side / 2);
  pen.lineTo(side, side / 2);
  pen.stroke();
  pen.strokeStyle = colour("--positive");
  pen.lineWidth = 5;
  pen.beginPath();
  values.forEach((value, i) => pen.lineTo((i * side) / (values.length - 1), y(value)));
  pen.stroke();
}

// -- lines --------------------------------------------------------------------------------------------------------------

/** The unit whose lines are drawn if there are too many: the selected one, or the one with the largest output weight. */
function spokesman(report) {
  if (state.unit) return state.unit;
  const last = Math.min(report.layers.length - 1, report.most_layers);
  if (last < 1 || last !== report.layers.length - 1) return [0, 0];
  const { drawn } = report.layers[last - 1];
  return [
    last - 1,
    d3.maxIndex(d3.range(drawn), (unit) => Math.abs(weightAt(report, report.frames.epoch.length - 1, last, 0, unit))),
  ];
}

/** Whether a layer has so many units that only one unit's lines are drawn. */
function linksAreChosen(report) {
  return report.has_weights && report.layers.slice(0, -1).some(({ units }) => units > SINGLE_COLUMN);
}

/** The largest bias of the run, or the largest gradient of one in this frame, as an absolute value; 0 without any. */
function largestBias(report, isGradient) {
  const layers = d3.range(report.layers.length).filter((layer) => report.has_weights && report.layers[layer].bias);
  const frames = isGradient ? [state.frame] : d3.range(report.frames.epoch.length);
  const of = isGradient ? "gradients" : "weights";
  const sizes = layers.flatMap((layer) =>
    frames.map((frame) => {
      const from = report.places[layer].bias;
      return d3.max(report.at[of](frame).subarray(from, from + report.layers[layer].units), Math.abs);
    }),
  );
  return d3.max(sizes) ?? 0;
}

/** The weights to draw, each {layer, unit, input, from, to, value}. */
function linksOf({ report, units, columns }) {
  if (!report.has_weights) return [];
  const frame = state.frame;
  const links = [];
  const speaking = spokesman(report);
  for (let at = 1; at < columns.length; at++) {
    const [before, column] = [columns[at - 1], columns[at]];
    const { layer } = column;
    if (at === columns.length - 1 && report.layers.length - 1 > report.most_layers) continue;
    const isLarge = before.drawn > SINGLE_COLUMN || column.drawn > SINGLE_COLUMN;
    const found = [];
    for (let unit = 0; unit < column.drawn; unit++) {
      for (let input = 0; input < before.drawn; input++) {
        const concerned =
          (speaking[0] === layer && speaking[1] === unit) || (speaking[0] === layer - 1 && speaking[1] === input);
        if (isLarge && !concerned) continue;
        found.push({
          layer,
          unit,
          input,
          from: units.get(`${before.kind}.${before.layer ?? 0}.${input}`),
          to: units.get(`${column.kind}.${layer}.${unit}`),
          value: weightAt(report, frame, layer, unit, input, state.view),
        });
      }
    }
    links.push(...(isLarge ? d3.sort(found, (link) => -Math.abs(link.value)).slice(0, STRONGEST) : found));
  }
  return links;
}

function updateNetwork(network) {
  const { report, units } = network;
  if (!network.lines) return;
  const frame = state.frame;
  const links = linksOf(network);
  const isGradient = state.view === "gradients";
  const largest = (isGradient ? d3.max(report.at.gradients?.(frame) ?? [], Math.abs) : network.largest) || 1;
  const longest = largestBias(report, isGradient);
  const speaking = linksAreChosen(report) && spokesman(report);
  const widthOf = d3.scaleLinear([0, largest], [THINNEST * rem(), WIDEST * rem()]).clamp(true);
  drawLinks(network, links);
  links.forEach(({ value }, i) => {
    const [line, end] = network.drawn[i];
    const [width, sign] = [widthOf(Math.abs(value)), signOf(value)];
    line.setAttribute("class", `link ${sign}`);
    line.setAttribute("stroke-width", width);
    end.setAttribute("class", `end ${sign}`);
    end.setAttribute("r", Math.max(0.09 * rem(), width / 2));
  });
  for (const { column, index, element, bias, badge, x, side } of units.values()) {
    if (column.kind === "input") continue;
    const value = report.has_weights ? biasAt(report, frame, column.layer, index, state.view) : null;
    if (bias && value !== null && Number.isFinite(value)) {
      const length = longest && side * Math.min(1, Math.abs(value) / longest);
      bias.setAttribute("visibility", "visible");
      bias.setAttribute("x", x - length / 2);
      bias.setAttribute("width", length);
      bias.setAttribute("class", `bias ${signOf(value)}`);
    }
    if (column.kind !== "hidden") continue;
    const id = [column.layer, index];
    const idle = IDLE[report.at[`idle/${column.layer}`](frame, index)];
    element.classList.toggle("off", idle === "off");
    element.classList.toggle("chosen", isChosen(id));
    element.classList.toggle("speaking", speaking && speaking[0] === id[0] && speaking[1] === id[1]);
    element.setAttribute("aria-pressed", isChosen(id));
    element.setAttribute("aria-label", unitText(report, id));
    if (badge) badge.textContent = badgeText(report, id, idle);
  }
  enableTabStop(network);
  const hasBars = [...units.values()].some(({ bias }) => bias?.getAttribute("visibility") === "visible");
  byId("network-legend").hidden = state.unit !== null; // the card of the unit takes its place
  byId("network-legend").replaceChildren(...networkLegend(report, { largest, links, longest: hasBars ? longest : 0 }));
}

/** Draw the lines anew if others are wanted than there are. */
function drawLinks(network, links) {
  const wanted = links.map(({ from, to }) => `${from.key} ${to.key}`).join();
  if (network.wanted === wanted) return;
  network.wanted = wanted;
  const arrivals = d3.rollup(
    links,
    (group) => group.length,
    (link) => link.to.key,
  );
  const seen = new Map();
  network.drawn = links.map((link) => {
    const count = arrivals.get(link.to.key);
    const nth = seen.get(link.to.key) ?? 0;
    seen.set(link.to.key, nth + 1);
    return linkElements(network, link, { nth, count });
  });
  network.lines.replaceChildren(...network.drawn.flat());
}

/** A weight or gradient of exactly 0 is neither: the weights of a unit that is off have no gradient. */
function signOf(value) {
  return value === 0 ? "zero" : value < 0 ? "negative" : "positive";
}

/** The line of a weight, its end, and what a pointer hits of it. */
function linkElements(network, link, { nth, count }) {
  const { from, to } = link;
  const spread = Math.min(0.8 * to.side, count * WIDEST * rem() * 1.1);
  const end = { x: to.x - to.side / 2 - 0.12 * rem(), y: to.y + (count > 1 ? (nth / (count - 1) - 0.5) * spread : 0) };
  const start = { x: from.x + from.side / 2, y: from.y };
  const middle = (start.x + end.x) / 2;
  const d = `M${start.x},${start.y}C${middle},${start.y} ${middle},${end.y} ${end.x},${end.y}`;
  const tell = (event) => {
    const [x, y] = d3.pointer(event, network.svg);
    network.tip.show(linkText(network.report, link), x, y);
  };
  return [
    draw("path", { d }),
    draw("circle", { cx: end.x, cy: end.y }),
    draw("path", {
      d,
      class: "hit",
      "data-weight": `${link.layer}.${link.unit}.${link.input}`,
      pointermove: tell,
      pointerdown: tell,
      pointerleave: network.tip.hide,
    }),
  ];
}

// -- keyboard and pointer -----------------------------------------------------------------------------------------------

/** Tab reaches a single unit: the focused one, the selected one, or the first. */
function enableTabStop({ units }) {
  const hidden = [...units.values()].filter(({ column }) => column.kind === "hidden");
  const focused = hidden.find(({ element }) => element === document.activeElement);
  const stop = focused ?? hidden.find(({ column, index }) => isChosen([column.layer, index])) ?? hidden[0];
  for (const unit of hidden) unit.element.tabIndex = unit === stop ? 0 : -1;
}

function enableUnitKeys(network, stage) {
  stage.addEventListener("keydown", (event) => {
    const steps = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    const current = [...network.units.values()].find(({ element }) => element === document.activeElement);
    if (!steps || !current) return;
    event.preventDefault();
    event.stopPropagation();
    const layer = current.column.layer + steps[0];
    const drawn = network.columns.find((column) => column.kind === "hidden" && column.layer === layer)?.drawn;
    const next =
      drawn && network.units.get(`hidden.${layer}.${Math.min(drawn - 1, Math.max(0, current.index + steps[1]))}`);
    if (!next) return;
    next.element.focus();
    enableTabStop(network);
  });
}

/** A tooltip beside the element under the pointer. */
function tipIn(section) {
  const tip = make("div", { class: "tip", hidden: true, "aria-hidden": "true" });
  section.append(tip);
  atEnd(() => tip.remove());
  return {
    show(text, x, y) {
      const stage = byId("network-picture");
      tip.textContent = text;
      tip.hidden = false;
      const room = stage.clientWidth - tip.offsetWidth;
      tip.style.left = `${Math.max(0, Math.min(room, x - stage.scrollLeft + 0.8 * rem()))}px`;
      tip.style.top = `${stage.offsetTop + y + 0.6 * rem()}px`;
    },
    hide() {
      tip.hidden = true;
    },
  };
}
