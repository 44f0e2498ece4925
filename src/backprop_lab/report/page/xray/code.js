// The lines of the rung engine=by_hand that compute a number.

/** What an option's function computes, by the kind of line: its group and function. */
const OPTION_CODE = {
  activation: ["activation", "value"],
  local: ["activation", "slope"],
  loss: ["loss", "value"],
  slope: ["loss", "slope"],
  penalty: ["penalty", "slope"],
  slot: ["optimizer", "update"],
  update: ["optimizer", "update"],
};

/** The code of a line, as elements: that of the rung with its lines marked, and that of the option it calls. */
function codeOf({ code, live }, { config, layers, task }, { kind, unit }) {
  const found = [];
  const [file, first, last] = code.marks[kind] ?? [];
  if (file) found.push(codeBlock(code.sources[file].file, code.sources[file].text, first, last));
  const [group, name] = OPTION_CODE[kind] ?? [];
  const chosen = group === "activation" ? layers[unit[0]].activation : group && config[group].name;
  const text = group && (live.code[group][chosen]?.[name] ?? live.code[group][chosen]?.[`${name} ${task}`]);
  if (text) found.push(codeBlock(`${group}=${chosen}`, text, 0, text.split("\n").length - 1));
  return found;
}

function codeBlock(title, text, first, last) {
  const lines = text.split("\n").map((line, i) => make(i >= first && i <= last ? "mark" : "span", {}, `${line}\n`));
  return make("figure", { class: "source" }, make("figcaption", {}, title), make("pre", { class: "scrolls", tabindex: 0, "aria-label": title }, ...lines));
}
