// Elements. Text is only ever set as text: the page's security policy blocks everything that is parsed as HTML.

function make(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** The same for an SVG element. */
function draw(tag, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

/** Attributes by name; a function becomes a listener, null or false omits the attribute. */
function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false)
      element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

function byId(id) {
  return document.getElementById(id);
}

let pixelsPerRem = null; // as long as the window keeps its size

/** Pixels per rem, so that drawings scale with the text. */
function rem() {
  pixelsPerRem ??= parseFloat(getComputedStyle(document.documentElement).fontSize);
  return pixelsPerRem;
}

addEventListener("resize", () => (pixelsPerRem = null), { capture: true });

const measuring = document.createElement("canvas").getContext("2d");

/** The width of a text in pixels, at a size in rem. */
function textWidth(text, size, weight = 400) {
  measuring.font = `${weight} ${size * rem()}px ${getComputedStyle(document.body).fontFamily}`;
  return measuring.measureText(text).width;
}

const widthListeners = []; // each {element, fit}

/** Call `listener` with the width of an element, now and whenever it changes. */
function onWidth(element, listener) {
  let last = -1;
  const fit = () => {
    const width = Math.round(element.clientWidth);
    if (width > 0 && width !== last) {
      last = width;
      listener(width);
    }
  };
  const observer = new ResizeObserver(fit);
  const entry = { element, fit };
  observer.observe(element);
  widthListeners.push(entry);
  atEnd(() => {
    observer.disconnect();
    widthListeners.splice(widthListeners.indexOf(entry), 1);
  });
}

/** Make buttons with `data-copy` copy the text of the element with that id to the clipboard. */
function enableCopying() {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    const label = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = byId(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(source.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(source);
        button.textContent = "Selected: press Ctrl+C";
      }
      setTimeout(() => (button.textContent = label), 2000);
    });
  }
}
