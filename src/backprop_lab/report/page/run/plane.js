// A rectangle with axes: a canvas for pixels, and over it an SVG for lines and text.

const PLANE_TEXT = 0.75; // rem

/**
 * Fill `container`, `width` wide, with a rectangle over x from x[0] to x[1], likewise for y; `height` in pixels, or
 * `isEqual` for equal scales on both axes, unless that makes a strip. Returns {canvas, svg, x, y, clip}: scales to SVG
 * pixels, and the attribute that clips elements to the rectangle.
 */
function planeIn(container, { width, height, isEqual, x, y, names, label }) {
  const size = PLANE_TEXT * rem();
  const yTicks = names[1] ? d3.ticks(y[0], y[1], 4) : []; // an axis without a name means nothing
  const isShort = names[1].length <= 3; // fits beside the ticks; a longer name goes above
  const texts = [...yTicks.map(tickText), ...(isShort ? [names[1]] : [])];
  const left = Math.ceil(d3.max(texts, (text) => textWidth(text, PLANE_TEXT)) + size * 0.8);
  const [top, right, under] = [size * (isShort ? 0.5 : 1.6), size * 0.2, size * 1.7];
  const wide = width - left - right;
  const tall = isEqual ? Math.min(wide * 1.2, wide * proportionOf(x[1] - x[0], y[1] - y[0])) : height - top - under;
  const across = d3.scaleLinear(x, [left, left + wide]);
  const up = d3.scaleLinear(y, [top + tall, top]);
  const svg = draw("svg", {
    width,
    height: top + tall + under,
    class: "plane",
    role: "img",
    "aria-label": label,
    "font-size": size,
  });
  const canvas = make("canvas", { "aria-hidden": "true" });
  Object.assign(canvas.style, { left: `${left}px`, top: `${top}px`, width: `${wide}px`, height: `${tall}px` });
  const id = `clip-${container.id}`;
  svg.append(
    draw("clipPath", { id }, draw("rect", { x: left, y: top, width: wide, height: tall })),
    draw("rect", { class: "frame", x: left, y: top, width: wide, height: tall }),
    ...axisTicks(across, wide / (5 * size), textWidth(names[0], PLANE_TEXT, 600) + size, left + wide).map((tick) =>
      draw(
        "text",
        { class: "tick", x: across(tick), y: top + tall + size * 1.2, "text-anchor": "middle" },
        tickText(tick),
      ),
    ),
    ...yTicks
      .filter((tick) => up(tick) > top + size * (isShort ? 1.6 : 0.3) && up(tick) < top + tall - size * 0.3)
      .map((tick) =>
        draw(
          "text",
          { class: "tick", x: left - size * 0.4, y: up(tick) + size * 0.35, "text-anchor": "end" },
          tickText(tick),
        ),
      ),
    draw("text", { class: "axis", x: left + wide, y: top + tall + size * 1.2, "text-anchor": "end" }, names[0]),
    isShort
      ? draw("text", { class: "axis", x: left - size * 0.4, y: top + size * 0.8, "text-anchor": "end" }, names[1])
      : draw("text", { class: "axis", x: left, y: size }, names[1]),
  );
  container.replaceChildren(canvas, svg);
  container.style.height = `${top + tall + under}px`;
  return { canvas, svg, x: across, y: up, clip: { "clip-path": `url(#${id})` } };
}

/** About `most` ticks, or as many as do not touch, that leave room for the axis label at the end. */
function axisTicks(scale, most, room, end) {
  const half = (tick) => textWidth(tickText(tick), PLANE_TEXT) / 2;
  for (let count = Math.max(2, Math.floor(most)); count > 0; count--) {
    const ticks = scale
      .ticks(count)
      .filter((tick) => scale(tick) + half(tick) < end - room && scale(tick) > scale.range()[0] + 2);
    const gap = 0.5 * rem();
    if (d3.pairs(ticks).every(([a, b]) => scale(a) + half(a) + gap < scale(b) - half(b))) return ticks;
  }
  return [];
}

/** The path where values [height, width], row by row from the bottom, equal `level`, in the coordinates of the scales. */
function levelLine(values, height, width, level, x, y) {
  const [contour] = d3.contours().size([width, height]).thresholds([level])(values);
  const across = d3.scaleLinear([0, width], x.range());
  const up = d3.scaleLinear([0, height], y.range());
  const onBorder = ([a, b], [c, d]) => (a === c && (a <= 0 || a >= width)) || (b === d && (b <= 0 || b >= height));
  // Between the outermost values and the border the line continues straight.
  const straight = ([a, b], [c, d]) => (a <= 0 || a >= width ? [a, d] : b <= 0 || b >= height ? [c, b] : [a, b]);
  let path = "";
  for (const ring of contour.coordinates.flat()) {
    let isDown = false;
    for (let i = 1; i < ring.length; i++) {
      const skips = onBorder(ring[i - 1], ring[i]);
      if (!skips) {
        const [from, to] = [straight(ring[i - 1], ring[i]), straight(ring[i], ring[i - 1])];
        if (!isDown) path += `M${across(from[0])},${up(from[1])}`;
        path += `L${across(to[0])},${up(to[1])}`;
      }
      isDown = !skips;
    }
  }
  return path;
}
