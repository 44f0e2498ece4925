// Colours are defined once, in page.css; this reads them for painting pixels.

/** The red, green and blue of a custom property such as "--ink" in the current theme. */
function colour(name) {
  const probe = make("span", { hidden: true });
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const found = d3.rgb(getComputedStyle(probe).color);
  probe.remove();
  return found;
}

let palette = null;

/**
 * 255 colours from orange through neutral to blue, mixed in Lab: entry 127 + q for a value q from -127 to 127, as the
 * four bytes of a pixel.
 */
function fieldPalette() {
  if (palette === null) {
    const [low, middle, high] = ["--field-low", "--field-middle", "--field-high"].map(colour);
    const mix = [d3.interpolateLab(middle, low), d3.interpolateLab(middle, high)];
    palette = Uint32Array.from(d3.range(-127, 128), (q) => {
      const { r, g, b } = d3.rgb(mix[q < 0 ? 0 : 1](Math.abs(q) / 127));
      return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
    });
  }
  return palette;
}

/** Red, green and blue of the colour for an integer from -127 to 127. */
function shadeOf(level) {
  const pixel = fieldPalette()[127 + level];
  return [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
}

/** Paint integers from -127 to 127, [height, width] row by row from the bottom, one pixel each. */
function paint(canvas, values, height, width) {
  const colours = fieldPalette();
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) {
    const row = height - 1 - Math.floor(i / width);
    pixels[i] = colours[127 + values[row * width + (i % width)]];
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

const MOST_UNEQUAL = 3;

/** Height over width of a picture with equal scales; 1 if that would be a strip, as of grams beside years. */
function proportionOf(width, height) {
  const equal = height / width;
  return equal >= 1 / MOST_UNEQUAL && equal <= MOST_UNEQUAL ? equal : 1;
}

const CLASS_COLOURS = 10; // classes beyond these begin again with the first

let regions = null;

/** For each class 256 colours from neutral to its own, mixed in Lab, as the four bytes of a pixel. */
function regionPalettes() {
  if (regions === null) {
    const middle = colour("--field-middle");
    regions = d3.range(CLASS_COLOURS).map((label) => {
      const mix = d3.interpolateLab(middle, colour(`--region-${label}`));
      return Uint32Array.from(d3.range(256), (strength) => {
        const { r, g, b } = d3.rgb(mix(strength / 255));
        return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
      });
    });
  }
  return regions;
}

/** Paint the regions of several classes: the class of each place, and from 0 to 1 how clear it is there. */
function paintRegions(canvas, labels, strengths, height, width) {
  const palettes = regionPalettes();
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) {
    const from = (height - 1 - Math.floor(i / width)) * width + (i % width);
    pixels[i] = palettes[labels[from] % CLASS_COLOURS][Math.round(255 * Math.min(1, Math.max(0, strengths[from])))];
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** The mark of a class, around the origin: squares, circles, triangles and so on, so that colour is not all. */
function classMark(label, r) {
  const circle = (s) => `M${-s},0A${s},${s} 0 1 1 ${s},0A${s},${s} 0 1 1 ${-s},0Z`;
  const polygon = (points) => `M${points.map(([x, y]) => `${x * r},${y * r}`).join("L")}Z`;
  const star = d3.range(10).map((i) => {
    const [angle, size] = [(Math.PI * i) / 5, i % 2 ? 0.55 : 1.35];
    return [size * Math.sin(angle), -size * Math.cos(angle)];
  });
  const plus = [[-0.4, -1.2], [0.4, -1.2], [0.4, -0.4], [1.2, -0.4], [1.2, 0.4], [0.4, 0.4], [0.4, 1.2], [-0.4, 1.2], [-0.4, 0.4], [-1.2, 0.4], [-1.2, -0.4], [-0.4, -0.4]]; // prettier-ignore
  const turned = plus.map(([x, y]) => [(x - y) * Math.SQRT1_2, (x + y) * Math.SQRT1_2]);
  return [
    () => polygon([[-1, -1], [1, -1], [1, 1], [-1, 1]]),
    () => circle(r * 1.1),
    () => polygon([[0, -1.25], [1.15, 0.9], [-1.15, 0.9]]),
    () => polygon([[0, -1.35], [1.35, 0], [0, 1.35], [-1.35, 0]]),
    () => polygon([[0, 1.25], [1.15, -0.9], [-1.15, -0.9]]),
    () => polygon(plus),
    () => polygon(turned),
    () => polygon(star),
    () => polygon([[-1.25, 0], [0.9, -1.15], [0.9, 1.15]]),
    () => polygon([[1.25, 0], [-0.9, -1.15], [-0.9, 1.15]]),
  ][label % CLASS_COLOURS](); // prettier-ignore
}

/** The names of classes, each with its mark on its colour. */
function classLegend(names, attributes = {}) {
  const side = 1.4 * rem();
  const entries = names.map((name, label) => {
    const place = label % CLASS_COLOURS;
    const mark = draw("path", { d: classMark(label, 0.3 * rem()), class: `point class-${place} training` });
    const box = draw("svg", { width: side, height: side, viewBox: `${-side / 2} ${-side / 2} ${side} ${side}`, "aria-hidden": "true" }, mark); // prettier-ignore
    box.style.background = `var(--region-${place})`;
    return make("span", {}, box, ` ${name}`);
  });
  return make("div", { class: "regions", ...attributes }, ...entries);
}

/** The switch between light, dark and system theme; calls `onChange(theme)` after each change, also of the system. */
function enableThemes(theme, onChange) {
  const apply = (chosen) => {
    if (chosen === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
    palette = regions = null;
  };
  apply(theme);
  for (const radio of document.querySelectorAll("input[name=theme]")) {
    radio.checked = radio.value === theme;
    radio.addEventListener("change", () => {
      apply(radio.value);
      onChange(radio.value);
    });
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    palette = regions = null;
    onChange(document.documentElement.dataset.theme ?? "auto");
  });
}
