// The controls: one for each knob that has few values or an interval of numbers, named by its key.

const SLIDER_STEPS = 200;
const SHOWN_OF_ALL = ["n_samples", "noise", "batch_size"]; // of the knobs that every option of a group has
const DIGITS = 2; // of what a slider gives

function startPanel(report, recorded) {
  const { live } = report;
  byId("live-controls").addEventListener("submit", (event) => event.preventDefault());
  let shape = "";
  follow(["changes"], () => {
    const config = configWith(live, realChanges(live, state.changes));
    const [shown, more] = controlsOf(live, recorded, config);
    const now = JSON.stringify([...shown, ...more].map(({ key, control }) => [key, control.values]));
    if (now !== shape) {
      shape = now;
      const focused = document.activeElement?.id;
      byId("live-shown").replaceChildren(...shown.map((control) => controlRow(live, control)));
      byId("live-more").replaceChildren(...more.map((control) => controlRow(live, control)));
      byId("live-more").parentElement.hidden = more.length === 0;
      if (focused) byId(focused)?.focus();
    }
    for (const { key, value } of [...shown, ...more]) setControl(key, value, recordedValue(live, key));
  });
}

/** The controls that are shown at once, and the others; each {key, value, control}. */
function controlsOf(live, recorded, config) {
  const found = { shown: [], more: [] };
  const add = (key, value, control, isMore = false) => found[isMore ? "more" : "shown"].push({ key, value, control });
  for (const group of ["optimizer", "model", "dataset", "loss", "penalty", "schedule"]) {
    const { name, ...knobs } = config[group];
    const names = [...new Set([...namesFor(live, recorded, group, config), name])];
    if (names.length > 1) add(group, name, { values: names, meaning: `the options of ${group}` });
    for (const [knob, value] of Object.entries(knobs)) {
      const control = live.options[group][name][knob];
      if (!control || !isSimple(control, knob)) continue;
      add(`${group}.${knob}`, value, control, control.shared && !SHOWN_OF_ALL.includes(knob));
    }
  }
  for (const [key, control] of Object.entries(live.keys)) add(key, config[key], control);
  return [found.shown, found.more];
}

/** Whether a knob has a control: an interval, a few values, names of activations, or a text for lists. */
function isSimple(control, knob) {
  return control.low !== undefined || control.values?.some((value) => value !== null) || control.group !== undefined || knob === "hidden" || knob === "init";
}

function recordedValue({ config }, key) {
  const { group, knob } = partsOf(key);
  if (knob !== undefined) return config[group][knob];
  return config[group]?.name ?? config[group];
}

const idOf = (key) => `live-${key.replaceAll(".", "-")}`;

/** Change one key; what is as recorded is no change. */
function changeKey(live, key, value) {
  const changes = { ...state.changes, [key]: value };
  // The weights that were given belong to the network as it was.
  if (key.startsWith("model.") && key !== "model.init" && Array.isArray(changes["model.init"])) delete changes["model.init"];
  change({ changes: realChanges(live, changes), playing: false });
}

function controlRow(live, { key, control }) {
  const id = idOf(key);
  const label = make("label", { for: id, title: control.meaning }, make("code", {}, key));
  const row = (...inputs) => make("div", { class: "control", "data-key": key }, label, ...inputs);
  if (control.low !== undefined) {
    const scale = sliderScale(control);
    const slider = make("input", { type: "range", min: 0, max: SLIDER_STEPS, step: 1, tabindex: -1, "aria-hidden": "true" });
    slider.addEventListener("input", () => changeKey(live, key, scale.valueAt(Number(slider.value))));
    slider.place = scale.placeOf;
    return row(slider, numberField(live, key, control));
  }
  if (key === "model.hidden") return row(...widthControls(live, key, control));
  if (control.values && isSame(control.values, [false, true])) {
    const box = make("input", { type: "checkbox", id });
    box.addEventListener("change", () => changeKey(live, key, box.checked));
    return row(box);
  }
  if (control.values || control.group) {
    const names = control.values ?? Object.keys(live.activations).filter((name) => !isUnknown(live.formulas.activation[name]));
    const select = make("select", { id }, ...names.map((name) => make("option", { value: hydraText(name) }, hydraText(name))));
    select.addEventListener("change", () => changeKey(live, key, typedValue(select.value)));
    return row(select);
  }
  return row(textField(live, key, control));
}

/** A slider for the units of all layers, two buttons for the number of layers, and a field for a list. */
function widthControls(live, key, control) {
  const slider = make("input", { type: "range", min: 1, max: 32, step: 1, tabindex: -1, "aria-hidden": "true" });
  const widths = () => [configWith(live, state.changes).model.hidden].flat();
  const take = (made) => changeKey(live, key, made.length === 1 ? made[0] : made);
  slider.addEventListener("input", () => take(widths().map(() => Number(slider.value))));
  slider.place = (value) => [value].flat()[0];
  const button = (text, label, layers) => make("button", { type: "button", "aria-label": label, click: () => take(layers(widths())) }, text);
  return [
    slider,
    textField(live, key, control),
    button("−", "One layer less", (before) => (before.length > 1 ? before.slice(0, -1) : before)),
    button("+", "One layer more", (before) => (before.length < MOST_LAYERS ? [...before, before.at(-1)] : before)),
  ];
}

/** A field for a number; null, where it is allowed, is an empty one. */
function numberField(live, key, control) {
  const field = make("input", { type: "text", inputmode: "decimal", id: idOf(key), size: 7, autocomplete: "off" });
  field.addEventListener("change", () => takeTyped(live, key, control, field, field.value.trim() === "" ? "null" : field.value));
  field.addEventListener("keydown", (event) => {
    const steps = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (!steps) return;
    event.preventDefault();
    const scale = sliderScale(control);
    const value = typedValue(field.value);
    const place = scale.placeOf(typeof value === "number" ? value : 0) + steps;
    const next = control.whole && control.high - control.low > SLIDER_STEPS && steps * steps === 1 ? (value ?? 0) + steps : scale.valueAt(Math.min(SLIDER_STEPS, Math.max(0, place)));
    if (isAllowed(live, configWith(live, state.changes), key, next)) changeKey(live, key, next);
  });
  return field;
}

function textField(live, key, control) {
  const field = make("input", { type: "text", id: idOf(key), size: 9, autocomplete: "off", spellcheck: "false" });
  field.addEventListener("change", () => takeTyped(live, key, control, field, field.value));
  return field;
}

/** Take what was typed, or say what is allowed. */
function takeTyped(live, key, control, field, text) {
  const value = typedValue(text);
  const isRight = isAllowed(live, configWith(live, state.changes), key, value);
  field.setCustomValidity(isRight ? "" : `${key} is ${control.allowed}`);
  field.setAttribute("aria-invalid", !isRight);
  if (isRight) changeKey(live, key, value);
  else field.reportValidity();
}

function setControl(key, value, recorded) {
  const field = byId(idOf(key));
  const row = field?.closest(".control");
  if (!row) return;
  const slider = row.querySelector("input[type=range]");
  if (field.type === "checkbox") field.checked = value;
  else field.value = field.tagName === "SELECT" || value !== null ? hydraText(value) : "";
  field.setCustomValidity?.("");
  field.removeAttribute("aria-invalid");
  if (slider && !slider.matches(":active") && value !== null) slider.value = slider.place(value);
  row.classList.toggle("changed", !isSame(value, recorded));
}

function evenScale(low, high) {
  const scale = d3.scaleLinear([low, high], [0, SLIDER_STEPS]).clamp(true);
  return { valueAt: (place) => Number(scale.invert(place).toPrecision(DIGITS)), placeOf: (value) => Math.round(scale(value)) };
}

/** Where a value is on a slider, and which value is at a place: even, or by its logarithm or its cube. */
function sliderScale({ low, high, beyond, whole, default: usual }) {
  const size = typeof usual === "number" && usual > 0 ? usual : 1;
  const isBounded = high <= 1e4;
  if (low < -1e4) return evenScale(-10 * size, 10 * size);
  const top = isBounded ? high : whole ? Math.min(high, 20 * size + (size === 1 ? 80 : 0)) : 100 * size;
  const isLog = !isBounded && (whole ? low > 0 : beyond.includes(0));
  const bottom = isLog ? (whole ? low : size / 1000) : low;
  const scale = isLog
    ? d3.scaleLog([bottom, top], [0, SLIDER_STEPS])
    : isBounded || whole
      ? d3.scaleLinear([bottom, top], [0, SLIDER_STEPS])
      : d3.scalePow([bottom, size === 1 ? 1 : 10 * size], [0, SLIDER_STEPS]).exponent(1 / 3);
  const rounded = (value) => (whole ? Math.round(value) : Number(value.toPrecision(DIGITS)));
  const inside = (value) => {
    if (!beyond.includes(value)) return value;
    const step = (top - bottom) / SLIDER_STEPS;
    return rounded(value === low ? low + step : Number((high - step).toPrecision(3)));
  };
  return {
    valueAt: (place) => inside(rounded(scale.invert(place))),
    placeOf: (value) => Math.round(Math.min(SLIDER_STEPS, Math.max(0, scale(Math.max(value, isLog ? bottom : value))))),
  };
}
