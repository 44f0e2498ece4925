// What was changed of a configuration: as a configuration, as a command, and as an address.

/** Groups of options: a key such as "optimizer" names one, and "optimizer.lr" is a knob of it. */
function partsOf(key) {
  const [group, knob] = key.split(".");
  return { group, knob };
}

/**
 * A configuration with changes, {key: value}. Another option of a group comes with its defaults; a loss that was not
 * chosen becomes the usual one of another type of task.
 */
function configWith(live, changes) {
  const { config, options, heads, formulas } = live;
  const made = structuredClone(config);
  const names = Object.entries(changes).filter(([key]) => Object.hasOwn(options, key));
  for (const [group, name] of names) if (made[group].name !== name) made[group] = defaultsOf(options, group, name);
  for (const [key, value] of Object.entries(changes)) {
    const { group, knob } = partsOf(key);
    if (knob === undefined && !(group in options)) made[group] = value;
    else if (knob !== undefined && knob in made[group]) made[group][knob] = value;
  }
  const task = taskOf(made, formulas);
  if (!("loss" in changes) && !heads[made.loss.name][task]) {
    const usual = Object.keys(heads).find((name) => heads[name][task]?.is_default);
    made.loss = defaultsOf(options, "loss", usual);
  }
  return made;
}

function defaultsOf(options, group, name) {
  const knobs = Object.entries(options[group][name]).map(([knob, { default: value }]) => [knob, structuredClone(value)]);
  return { name, ...Object.fromEntries(knobs) };
}

const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** The changes that are some, with the knobs of other options left out. */
function realChanges(live, changes) {
  const made = configWith(live, changes);
  const entries = Object.entries(changes).filter(([key, value]) => {
    const { group, knob } = partsOf(key);
    if (knob === undefined) return !isSame(value, group in live.options ? live.config[group].name : live.config[group]);
    if (!(knob in (made[group] ?? {}))) return false;
    const before = made[group].name === live.config[group].name ? live.config[group] : defaultsOf(live.options, group, made[group].name);
    return !isSame(value, before[knob]);
  });
  return Object.fromEntries(entries);
}

/** The overrides that give a configuration, beginning with the defaults of the program. */
function overridesOf({ options, chosen, keys, heads }, config, task) {
  const made = [];
  const isUsual = (group, name) => name === chosen[group] || (group === "loss" && heads[name][task].is_default);
  for (const group of Object.keys(options)) {
    const { name, ...knobs } = config[group];
    const defaults = defaultsOf(options, group, name);
    if (!isUsual(group, name)) made.push([group, name]);
    for (const [knob, value] of Object.entries(knobs)) {
      if (knob !== "task" && !isSame(value, defaults[knob])) made.push([`${group}.${knob}`, value]);
    }
  }
  for (const [key, { default: value }] of Object.entries(keys)) if (!isSame(config[key], value)) made.push([key, config[key]]);
  return made;
}

/** A value as Hydra reads it. */
function hydraText(value) {
  if (value === null || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `[${value.map(hydraText).join(",")}]`;
  if (typeof value === "number" || /^[\w./-]+$/.test(value)) return String(value);
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** A word as a shell reads it. */
function shellWord(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

function commandOf(live, config, task) {
  const { points } = config.dataset;
  const isFile = points?.length > MOST_IN_COMMAND;
  const made = overridesOf(live, isFile ? { ...config, dataset: { ...config.dataset, points: null, path: "points.csv" } } : config, task);
  const words = made.map(([key, value]) => `${key}=${hydraText(value)}`);
  return [live.command, ...words.map(shellWord)].join(" ");
}

/** A value as it is typed: a number, true, false, null, a list, or a word; undefined if it is none of these. */
function typedValue(text) {
  const tokens = text.match(/\[|\]|,|'[^']*'|[^\s[\],']+/g) ?? [];
  let at = 0;
  const value = () => {
    const token = tokens[at++];
    if (token === undefined || token === "]" || token === ",") return undefined;
    if (token !== "[") return wordValue(token);
    const list = [];
    while (tokens[at] !== "]") {
      const entry = value();
      if (entry === undefined) return undefined;
      list.push(entry);
      if (tokens[at] === ",") at++;
      else if (tokens[at] !== "]") return undefined;
    }
    at++;
    return list;
  };
  const made = value();
  return at === tokens.length ? made : undefined;
}

function wordValue(token) {
  if (token.startsWith("'")) return token.slice(1, -1);
  if (["null", "true", "false"].includes(token)) return JSON.parse(token);
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(token) ? Number(token) : token;
}

const isWithin = (value, low, high) => typeof value === "number" && value >= low && value <= high;
const isWholeWithin = (value, low, high) => isWithin(value, low, high) && Number.isInteger(value);

/** What the rules of lists allow, which are not given as data, by key. */
const LISTS = {
  "model.hidden": (value) => {
    const widths = [value].flat();
    return isWholeWithin(widths.length, 1, 32) && widths.every((width) => isWholeWithin(width, 1, 4096));
  },
  "model.init": (value) => {
    const weights = [value].flat();
    return ["default", "zeros"].includes(value) || (isWithin(weights.length, 1, MOST_TYPED) && weights.every((w) => isWithin(w, -3.4e38, 3.4e38)));
  },
  "optimizer.betas": (value) => Array.isArray(value) && value.length === 2 && value.every((beta) => isWithin(beta, 0, 1) && beta < 1),
  "dataset.features": (value) =>
    value === null || (Array.isArray(value) && value.length > 0 && new Set(value).size === value.length && value.every((name) => Object.hasOwn(FEATURES, name))),
  "dataset.points": (value) =>
    Array.isArray(value) && isWholeWithin(value.length, 2, MOST_LISTED) && value.every(isOwnPoint) && new Set(value.map(([, , label]) => label)).size > 1,
};

function isOwnPoint(point) {
  return Array.isArray(point) && point.length === 3 && point.every((one) => isWithin(one, -1e6, 1e6)) && isWholeWithin(point[2], 0, MOST_OWN_CLASSES - 1);
}

/** Whether a value is allowed for a key in a configuration: by the rule as data, or as a list. */
function isAllowed(live, config, key, value) {
  const control = controlOf(live, config, key);
  if (!control || value === undefined) return false;
  const { low, high, beyond, whole, values, group } = control;
  if (values?.some((other) => isSame(other, value))) return true;
  if (low !== undefined) return isWithin(value, low, high) && !beyond.includes(value) && (!whole || Number.isInteger(value));
  if (group) return [value].flat().every((name) => Object.hasOwn(live.activations, name) && !isUnknown(live.formulas.activation[name]));
  return Object.hasOwn(LISTS, key) && LISTS[key](value);
}

/** What is allowed of a key in a configuration, if there is such a key. */
function controlOf({ keys, options }, config, key) {
  const { group, knob } = partsOf(key);
  if (knob === undefined) return Object.hasOwn(keys, group) ? keys[group] : undefined;
  const knobs = Object.hasOwn(options, group) ? options[group][config[group].name] : {};
  return Object.hasOwn(knobs, knob) ? knobs[knob] : undefined;
}

/** The options of a group that this page can train with, for the type of task of a configuration. */
function namesFor(live, report, group, config) {
  const task = taskOf(config, live.formulas);
  const isKnown = {
    dataset: (name) => Object.hasOwn(SAMPLES, name) && !["points", "formula"].includes(name) && (report.isOpen || isLikeRecorded(live, report, name)),
    model: (name) => Object.hasOwn(HIDDEN_LAYERS, name),
    loss: (name) => Object.hasOwn(live.heads[name], task),
  }[group] ?? ((name) => !isUnknown(live.formulas[group][name]));
  return Object.keys(live.options[group]).filter((name) => isKnown(name) || name === config[group].name);
}

/** Whether a data set has points of the same kind: classes or values, on a line or in the plane. */
function isLikeRecorded(live, report, name) {
  const { default: task } = live.options.dataset[name].task;
  return (task !== "regression") === report.is_classification && (name === "linear") === report.is_line;
}

/** The changes of an address, as far as they are valid. */
function changesOf(report, said) {
  const { live } = report;
  const typed = [...said].map(([key, text]) => [key, typedValue(text)]);
  const found = {};
  const { "dataset.points": points, dataset } = Object.fromEntries(typed);
  const hasPlane = report.isOpen || (!report.is_line && report.is_classification);
  const isOwn = dataset === "points" && hasPlane && LISTS["dataset.points"](points);
  if (isOwn || namesFor(live, report, "dataset", live.config).includes(dataset)) found.dataset = dataset;
  for (const [key, value] of typed)
    if (key !== "dataset" && Object.hasOwn(live.options, key) && namesFor(live, report, key, configWith(live, found)).includes(value)) found[key] = value;
  if (found.dataset === "points") found["dataset.points"] = points;
  const config = configWith(live, found);
  for (const [key, value] of typed) if (isAllowed(live, config, key, value)) found[key] = value;
  return realChanges(live, found);
}
