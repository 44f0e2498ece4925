// The settings laid out by two of the swept keys, each as the mean prediction of its seeds with the line of every seed.

const MOST_COLUMNS = 16;
const FIRST_CELLS = 24; // of a list

/** Draw the grid; returns show(state), which marks and labels its cells. */
function gridPanel(sweep, store) {
  const cells = new Map(); // setting -> its buttons
  const listed = !isTable(sweep);
  const order = d3.sort(d3.range(sweep.keys.length), (k) => -influence(sweep, store.state.metric)[k]);
  const choice = { down: order[1], across: order[0], others: new Map(order.slice(2).map((k) => [k, sweep.settings[0].values[k]])) };
  // The key with more values goes across, where there is more room, and of two with as many the later one: as in the
  // pictures beside this page.
  const size = (k) => sweep.keys[k].values.length + k / sweep.keys.length;
  if (!listed && size(choice.down) > size(choice.across)) {
    [choice.down, choice.across] = [choice.across, choice.down];
  }
  let count = FIRST_CELLS;

  const redraw = () => {
    cells.clear();
    byId("grid-cells").replaceChildren(listed ? list() : table());
    byId("grid-choices").replaceChildren(...(listed ? [] : selectors()));
    show(store.state);
  };

  const cell = (setting) => {
    if (setting === undefined) return make("div", { class: "cell none" });
    const button = make("button", { type: "button", class: "cell", click: () => store.change({ setting: setting.index }) });
    button.append(pictureOf(sweep, setting.plane, setting.jobs), make("span", { class: "value" }));
    cells.set(setting, button);
    return button;
  };

  const list = () => {
    const settings = sweep.keys.length === 1 ? inOrder(sweep) : sweep.settings;
    const shown = settings.slice(0, count);
    const flow = make("div", { class: "cells flow" }, ...shown.map((setting) => {
      const names = sweep.keys.map((key, k) => make("span", {}, `${key.label} ${valueText(setting.values[k])}`));
      return make("div", {}, cell(setting), make("p", { class: "cell-name" }, ...names));
    }));
    if (shown.length === settings.length) return flow;
    const more = () => {
      count += FIRST_CELLS;
      redraw();
    };
    return make("div", {}, flow, make("button", { type: "button", click: more }, `${wholeText(settings.length - count)} more`));
  };

  const table = () => {
    const [down, across] = [sweep.keys[choice.down], sweep.keys[choice.across]];
    const columns = valuesOf(sweep, choice.across);
    const rows = valuesOf(sweep, choice.down);
    const element = make("div", { class: "cells" });
    element.style.gridTemplateColumns = `max-content repeat(${columns.length}, minmax(3rem, 1fr))`;
    element.style.maxWidth = `${columns.length * 11 + 6}rem`;
    element.append(make("div", {}), ...columns.map((value) => make("div", { class: "across" }, `${across.label} ${valueText(value)}`)));
    for (const row of rows) {
      element.append(make("div", { class: "down" }, `${down.label} ${valueText(row)}`));
      for (const column of columns) element.append(cell(settingAt(row, column)));
    }
    return element;
  };

  const settingAt = (row, column) =>
    sweep.settings.find(({ values }) =>
      values.every((value, k) => value === (k === choice.down ? row : k === choice.across ? column : choice.others.get(k))),
    );

  const selectors = () => {
    const axis = (name, side) => {
      const select = make("select", {}, ...sweep.keys.map((key, k) => make("option", { value: k, selected: k === choice[side] }, key.label)));
      select.addEventListener("change", () => {
        const chosen = Number(select.value);
        const other = side === "down" ? "across" : "down";
        if (choice[other] === chosen) choice[other] = choice[side];
        choice[side] = chosen;
        const current = sweep.settings[store.state.setting].values;
        choice.others = new Map(d3.range(sweep.keys.length).filter((k) => k !== choice.down && k !== choice.across).map((k) => [k, current[k]]));
        redraw();
      });
      return make("label", {}, `${name} `, select);
    };
    const page = (k) => {
      const values = valuesOf(sweep, k);
      const select = make("select", {}, ...values.map((value, i) => make("option", { value: i, selected: value === choice.others.get(k) }, valueText(value))));
      select.addEventListener("change", () => {
        choice.others.set(k, values[Number(select.value)]);
        redraw();
      });
      return make("label", {}, `${sweep.keys[k].label} `, select);
    };
    if (sweep.keys.length === 2) return [];
    return [axis("Rows", "down"), axis("Columns", "across"), ...[...choice.others.keys()].map(page)];
  };

  const show = (state) => {
    const metric = metricOf(sweep, state.metric);
    for (const [setting, button] of cells) {
      const mean = meanOfAll(setting, state.metric);
      const finished = finishedOf(setting);
      const missing = jobsOf(setting) - finished;
      const value = isNumber(mean) ? shortText(mean) : withoutNumber(setting.jobs[0], metric);
      const failed = missing && isNumber(mean) ? ` ✕${missing}` : "";
      button.querySelector(".value").textContent = `${value}${failed}`;
      button.setAttribute("aria-pressed", state.setting === setting.index);
      button.setAttribute("aria-label", `${setting.label}: ${isNumber(mean) ? `${meanOf(setting)}${metric.label} ${value}` : value}, ${finished} of ${jobsOf(setting)} finished`);
      button.classList.toggle("faded", state.kept !== null && !state.kept.has(setting.index));
    }
    byId("grid-legend").textContent = gridLegend(sweep, metric, listed);
  };
  const named = d3.groups(sweep.planes.filter(({ classes }) => classes), ({ class_names: names }) => JSON.stringify(names));
  byId("grid-classes").replaceChildren(...named.map(([, [plane]]) => classLegend(plane.class_names)));
  return { show, redraw };
}

/** The word before the number of a setting with several jobs. */
function meanOf(setting) {
  return setting.jobs.length > 1 ? "mean " : "";
}

function gridLegend(sweep, metric, listed) {
  const scales = sweep.shades.map(({ label, low, high }) => `${label}, from orange (${numberText(low, 3)}) to blue (${numberText(high, 3)})`);
  if (sweep.planes.some(({ classes }) => classes)) scales.push("the predicted class, paler where a second one is close");
  const fields = sweep.planes.filter((plane) => !plane.is_line);
  const line = fields.every(({ values }) => values) ? "" : sweep.hasSeeds ? "; a thin line where each seed's class changes" : "; the line is where the class changes"; // prettier-ignore
  const slice = fields.some(({ is_slice: isSlice }) => isSlice) ? ", of the inputs; what these do not hold is at its mean" : "";
  const colours = `Colour: ${scales.join(", or ")}${sweep.hasSeeds ? ", mean of the seeds" : ""}${line}. Axes: ${axesOf(sweep, false)}${slice}.`;
  const kinds = new Set(sweep.planes.map((plane) => plane.is_line));
  const picture = [...(kinds.has(false) ? [colours] : []), ...(kinds.has(true) ? [`${kinds.size > 1 ? "For a regression: each" : "Each"} line is the prediction of one job along ${axesOf(sweep, true)}; the points are the training points.`] : [])].join(" ");
  const jobs = sweep.hasSeeds ? `mean ${metric.label} of the finished seeds` : metric.label;
  const missing = sweep.jobs.some((job) => job.status !== "finished") && sweep.hasSeeds ? "; ✕ counts the jobs that did not finish" : "";
  const order = listed && sweep.keys.length > 1 ? " Best settings first, by mean validation loss." : "";
  return `${picture} Number: ${jobs}${missing}.${order}`;
}

/** The names of the axes of the pictures, of lines or of planes. */
function axesOf(sweep, isLine) {
  const found = sweep.planes.filter((plane) => plane.is_line === isLine).map(({ axes: [across, up] }) => (isLine ? across : `to the right ${across}${up ? `, up ${up}` : ""}`)); // prettier-ignore
  return [...new Set(found)].join(" or ");
}

/** Whether two keys arrange the settings in rows and columns that fit and are mostly filled. */
function isTable(sweep) {
  const counts = sweep.keys.map((key) => key.values.length);
  return counts.length >= 2 && d3.max(counts) <= MOST_COLUMNS && sweep.settings.length * 4 >= counts.reduce((a, b) => a * b, 1);
}

/** The values of a key, with null at the end if some setting has none. */
function valuesOf(sweep, k) {
  const isMissing = sweep.settings.some((setting) => setting.values[k] === null);
  return [...sweep.keys[k].values, ...(isMissing ? [null] : [])];
}

/** The settings of a sweep over one key, by its value. */
function inOrder(sweep) {
  const order = valuesOf(sweep, 0);
  return d3.sort(sweep.settings, (setting) => order.indexOf(setting.values[0]));
}
