// Inputs that are the pixels of an image: the weights of the first layer as pictures, and single points.

function startPixels(report) {
  const container = byId("pixels-pictures");
  if (!container) return;
  container.replaceChildren();
  if (!report.has_weights || !report.layers.length) {
    const why = report.layers.length ? "The network has too many weights for this page to hold them" : report.not_layers;
    container.append(make("p", {}, report.layers.length ? `${why}.` : why));
    return;
  }
  const [layer] = report.layers;
  const isOutput = report.layers.length === 1;
  const count = isOutput ? layer.units : layer.drawn;
  const size = report.image[0] * report.image[1];
  const weights = d3.range(count).map((unit) => unit * size + report.places[0].weight);
  const largest = d3.max(report.frames.epoch, (_, frame) =>
    d3.max(report.at.weights(frame).subarray(weights[0], weights[0] + layer.units * size), Math.abs),
  );
  const drawn = weights.map((from, unit) => {
    const canvas = make("canvas", {});
    const name = isOutput ? (report.classes ? report.class_names[unit] : "the output") : unitName([0, unit]);
    const picture = isOutput
      ? make("span", {}, canvas)
      : make("button", { type: "button", "aria-label": `Weights of unit ${name}`, click: () => change({ unit: isChosen([0, unit]) ? null : [0, unit] }) }, canvas); // prettier-ignore
    return { from, unit, canvas, picture, figure: make("figure", {}, picture, make("figcaption", {}, name)) };
  });
  container.append(make("div", { class: "pixels" }, ...drawn.map(({ figure }) => figure)));
  follow(["frame", "theme"], () => {
    const row = report.at.weights(state.frame);
    for (const { from, canvas } of drawn) paintSigned(canvas, report.image, row.subarray(from, from + size), largest || 1);
  });
  if (!isOutput)
    follow(["unit"], () => drawn.forEach(({ unit, picture }) => picture.setAttribute("aria-pressed", isChosen([0, unit]))));
  byId("pixels-legend").textContent = `Blue: a weight above 0. Orange: below 0. Full colour: ${numberText(largest)}, the largest of the run${count < layer.units ? `. The first ${count} of ${wholeText(layer.units)} units` : ""}.`;
}

/** Paint numbers, row by row from the top, from orange through neutral to blue. */
function paintSigned(canvas, [height, width], values, largest) {
  const fromBottom = d3.range(height * width).map((i) => values[(height - 1 - Math.floor(i / width)) * width + (i % width)]);
  paint(canvas, Int8Array.from(fromBottom, (value) => Math.round((127 * value) / largest)), height, width);
}

/** Paint the pixels of a point: the larger, the darker, or in a dark theme the brighter. */
function paintImage(canvas, [height, width], values) {
  const [least, most] = d3.extent(values);
  const mix = d3.interpolateLab(colour("--background"), colour("--ink"));
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(width, height);
  values.forEach((value, i) => {
    const { r, g, b } = d3.rgb(mix((value - least) / (most - least || 1)));
    image.data.set([r, g, b, 255], 4 * i);
  });
  canvas.getContext("2d").putImageData(image, 0, 0);
}
