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

/** The switch between light, dark and system theme; calls `onChange(theme)` after each change, also of the system. */
function enableThemes(theme, onChange) {
  const apply = (chosen) => {
    if (chosen === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
    palette = null;
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
    palette = null;
    onChange(document.documentElement.dataset.theme ?? "auto");
  });
}
