// The results in rows, one per setting or per job, sorted by any column, filtered by text or by comparisons.

const PAGE_ROWS = 100;

function tablePanel(sweep, store) {
  const view = { byJob: !sweep.hasSeeds || sweep.settings.length < 2, sort: null, filters: new Map(), words: "", page: 0, open: new Set() };
  const holder = byId("table-rows");

  const columns = () => (view.byJob ? jobColumns(sweep) : settingColumns(sweep, metricOf(sweep, store.state.metric)));

  const rowsToShow = () => {
    const all = columns();
    let rows = view.byJob ? sweep.settings.flatMap((setting) => setting.jobs) : sweep.settings;
    const { kept } = store.state;
    if (kept !== null) rows = rows.filter((row) => kept.has((row.setting ?? row).index));
    const words = view.words.toLowerCase();
    if (words) rows = rows.filter((row) => all.some((column) => column.text(row).toLowerCase().includes(words)));
    for (const column of all) {
      const passes = filterOf(view.filters.get(column.name) ?? "");
      rows = rows.filter((row) => passes(column.value(row), column.text(row)));
    }
    const by = all.find((column) => column.name === view.sort?.name);
    if (by) rows = sortedRows(rows, by, view.sort.ascending);
    else if (view.byJob && sweep.is_ranked) rows = bestFirst(rows, metricOf(sweep, store.state.metric));
    return rows;
  };

  const redraw = () => {
    const all = columns();
    const rows = rowsToShow();
    const pages = Math.max(1, Math.ceil(rows.length / PAGE_ROWS));
    view.page = Math.min(view.page, pages - 1);
    const shown = rows.slice(view.page * PAGE_ROWS, (view.page + 1) * PAGE_ROWS);
    const body = holder.querySelector("tbody");
    body.replaceChildren(...shown.flatMap((row) => rowElements(row, all)));
    if (rows.length === 0) {
      const why = whyEmpty(view.byJob ? "job" : "setting", all, view, store.state.kept !== null);
      body.append(make("tr", {}, make("td", { colspan: all.length, class: "why-empty" }, why)));
    }
    for (const [i, column] of all.entries()) {
      const isSorted = view.sort?.name === column.name;
      const head = holder.querySelectorAll("thead tr:first-child th")[i];
      head.setAttribute("aria-sort", isSorted ? (view.sort.ascending ? "ascending" : "descending") : "none");
    }
    footing(rows, pages);
    mark(store.state);
  };

  const rowElements = (row, all) => {
    const cells = all.map((column) => make("td", { class: column.isNumber ? "number" : null }, column.cell?.(row) ?? column.text(row)));
    const setting = row.setting ?? row;
    const element = make("tr", { "data-setting": setting.index, click: () => store.change({ setting: setting.index }) }, ...cells);
    if (view.byJob || row.jobs.length < 2) return [element];
    const isOpen = view.open.has(row.index);
    const toggle = make("button", { type: "button", class: "toggle", "aria-expanded": String(isOpen), "aria-label": `Jobs of ${row.label}` }, isOpen ? "▾" : "▸");
    toggle.addEventListener("click", () => {
      if (isOpen) view.open.delete(row.index);
      else view.open.add(row.index);
      redraw();
      holder.querySelector(`tr[data-setting="${row.index}"] .toggle`)?.focus();
    });
    cells[0].prepend(toggle);
    if (!isOpen) return [element];
    const inside = jobColumns(sweep).filter((column) => !column.isKey);
    const metric = metricOf(sweep, store.state.metric);
    const jobs = make("table", {}, make("thead", {}, make("tr", {}, ...inside.map((column) => make("th", { scope: "col" }, column.label)))),
      make("tbody", {}, ...bestFirst(row.jobs, metric).map((job) => make("tr", {}, ...inside.map((column) => make("td", { class: column.isNumber ? "number" : null }, column.cell?.(job) ?? column.text(job)))))));
    return [element, make("tr", { class: "jobs" }, make("td", { colspan: all.length }, jobs))];
  };

  const frame = () => {
    const heads = columns().map((column) => {
      const button = make("button", { type: "button", class: "sort" }, column.label);
      button.addEventListener("click", () => {
        const isSorted = view.sort?.name === column.name;
        view.sort = { name: column.name, ascending: isSorted ? !view.sort.ascending : column.ascends !== false };
        redraw();
      });
      return make("th", { scope: "col", class: column.isNumber ? "number" : null, title: column.title ?? null }, button);
    });
    const filters = columns().map((column) => {
      const input = make("input", { type: "text", "aria-label": `Filter ${column.label}`, placeholder: hintOf(column), value: view.filters.get(column.name) ?? "" });
      input.addEventListener("input", () => {
        view.filters.set(column.name, input.value);
        view.page = 0;
        redraw();
      });
      return make("td", {}, input);
    });
    holder.replaceChildren(make("table", { class: "results" }, make("thead", {}, make("tr", {}, ...heads), make("tr", { class: "filters" }, ...filters)), make("tbody", {})));
    redraw();
  };

  const footing = (rows, pages) => {
    const total = view.byJob ? sweep.jobs.length : sweep.settings.length;
    const unit = `${view.byJob ? "job" : "setting"}${total === 1 ? "" : "s"}`;
    const said = rows.length === total ? `${wholeText(total)} ${unit}` : `${wholeText(rows.length)} of ${wholeText(total)} ${unit}`;
    const turn = (by, words) => make("button", { type: "button", disabled: view.page + by < 0 || view.page + by >= pages, click: () => {
      view.page += by;
      redraw();
      holder.scrollTop = 0;
    } }, words);
    const download = make("button", { type: "button", click: () => saveCsv(rowsToShow(), columns()) }, "Download as CSV");
    const paging = pages > 1 ? [turn(-1, "Previous"), make("span", {}, `page ${view.page + 1} of ${pages}`), turn(1, "Next")] : [];
    byId("table-pages").replaceChildren(make("span", { role: "status" }, said), ...paging, download);
  };

  const choices = () => {
    const words = make("input", { type: "search", "aria-label": "Filter all columns", placeholder: "Filter" });
    words.addEventListener("input", () => {
      view.words = words.value;
      view.page = 0;
      redraw();
    });
    const kinds = [["settings", false], ["jobs", true]].map(([name, byJob]) => {
      const radio = make("input", { type: "radio", name: "rows", checked: view.byJob === byJob });
      radio.addEventListener("change", () => {
        Object.assign(view, { byJob, sort: null, page: 0 });
        view.filters.clear();
        frame();
      });
      return make("label", {}, radio, `One row per ${name.slice(0, -1)}`);
    });
    const rows = sweep.hasSeeds && sweep.settings.length > 1 ? [make("fieldset", { class: "switch" }, make("legend", { class: "visually-hidden" }, "Rows"), ...kinds)] : [];
    byId("table-choices").replaceChildren(...rows, words);
  };

  const mark = (state) => {
    if (sweep.settings.length < 2) return; // all rows would be marked
    for (const row of holder.querySelectorAll("tr[data-setting]")) row.classList.toggle("chosen", Number(row.dataset.setting) === state.setting);
  };

  choices();
  let before = null;
  const show = (state) => {
    const key = [state.metric, state.threshold].join();
    if (before !== key) frame();
    else if (show.kept !== state.kept) redraw();
    else mark(state);
    before = key;
    show.kept = state.kept;
  };
  return { show };
}

/** An example of a filter that says something in this column. */
function hintOf(column) {
  if (!column.isNumber) return "text";
  if (column.example !== undefined) return `= ${column.example}`;
  if (column.name === "seconds") return "< 10";
  return column.ascends ? "< 0.1" : "> 0.9";
}

/** Why no row is shown: the filters that leave none. */
function whyEmpty(unit, columns, view, isRanged) {
  const said = columns
    .filter((column) => (view.filters.get(column.name) ?? "").trim())
    .map((column) => `${column.label} “${view.filters.get(column.name).trim()}”`);
  if (view.words) said.push(`any column “${view.words}”`);
  if (isRanged) said.push("the ranges on the paths");
  return `No ${unit} passes ${said.join(" and ")}. A filter such as > 0.9, <= 3 or = 16 compares numbers; anything else is searched for in the text as it is shown.`;
}

/** The test of a filter: `> 0.98`, `<= 3`, `= 16` compare numbers; anything else is searched for in the text. */
function filterOf(typed) {
  const text = typed.trim();
  const compared = /^(<=|>=|<|>|=)\s*(-?[\d.]+(?:e[+-]?\d+)?)$/i.exec(text.replace("−", "-"));
  if (compared === null) return text === "" ? () => true : (_, shown) => shown.toLowerCase().includes(text.toLowerCase());
  const [, sign, digits] = compared;
  const number = Number(digits);
  const passes = { "<=": (v) => v <= number, ">=": (v) => v >= number, "<": (v) => v < number, ">": (v) => v > number, "=": (v) => v === number };
  return (value) => isNumber(value) && typeof value === "number" && passes[sign](value);
}

/** Rows sorted by one column; those without a value last in both directions. */
function sortedRows(rows, column, ascending) {
  const known = rows.filter((row) => column.value(row) !== null);
  const unknown = rows.filter((row) => column.value(row) === null);
  const order = ascending ? d3.ascending : d3.descending;
  const compared = (a, b) => (typeof a === typeof b ? order(a, b) : order(typeof a, typeof b));
  return [...d3.sort(known, (a, b) => compared(column.value(a), column.value(b))), ...unknown];
}

/** The columns of the swept keys, with numbers as numbers. */
function keyColumns(sweep, settingOf) {
  return sweep.keys.map((key, k) => {
    const numbers = new Map(key.values.map((value, i) => [value, key.numbers?.[i] ?? value]));
    return {
      name: key.name,
      label: key.label,
      title: key.name,
      isKey: true,
      isNumber: key.numbers !== null,
      example: key.numbers?.[0],
      value: (row) => numbers.get(settingOf(row).values[k]) ?? null,
      text: (row) => valueText(settingOf(row).values[k]),
    };
  });
}

function settingColumns(sweep, metric) {
  const number = (name, label, value, text = (row) => (value(row) === null ? "–" : shortText(value(row))), more = {}) => ({ name, label, isNumber: true, value, text, ...more });
  const worst = metric?.is_loss ? "max" : "min";
  const validation = sweep.metrics.filter(({ name }) => name.startsWith("val_"));
  return [
    ...keyColumns(sweep, (row) => row),
    ...validation.map(({ name, label, is_loss: isLoss }) =>
      number(name, label, (row) => meanOfAll(row, name) ?? null, (row) => spreadText(spreadOf(row, name)), { ascends: isLoss, title: "mean ± standard deviation of the finished jobs" })),
    ...(metric
      ? [
          number("median", `median of ${metric.label}`, (row) => spreadOf(row, metric.name)?.median ?? null, undefined, { ascends: metric.is_loss }),
          number("worst", "worst", (row) => spreadOf(row, metric.name)?.[worst] ?? null, undefined, { ascends: metric.is_loss }),
        ]
      : []),
    number("finished", "finished", finishedOf, (row) => `${wholeText(finishedOf(row))} of ${wholeText(jobsOf(row))}`, { example: jobsOf(sweep.settings[0]) }),
    number("seconds", "seconds per job", (row) => (row.whole === null ? d3.mean(row.jobs, (job) => job.seconds ?? NaN) : row.whole.seconds) ?? null),
  ];
}

function jobColumns(sweep) {
  const link = (job) => (job.hasPage ? make("a", { href: pageOf(job) }, String(job.number)) : String(job.number));
  const plainNumber = (name, label, value, text) => ({ name, label, isNumber: true, value, text });
  return [
    { name: "job", label: "job", isNumber: true, example: sweep.jobs[0].number, value: (job) => job.number, text: (job) => String(job.number), cell: link },
    ...keyColumns(sweep, (job) => job.setting),
    ...(sweep.jobs.some((job) => job.fold !== null) ? [{ ...plainNumber("fold", "fold", (job) => job.fold, (job) => String(job.fold)), example: sweep.jobs[0].fold }] : []),
    ...(sweep.jobs.some((job) => job.seed !== null) ? [{ ...plainNumber("seed", "seed", (job) => job.seed, (job) => String(job.seed)), example: sweep.jobs[0].seed }] : []),
    ...sweep.metrics.map((metric) => ({
      ...plainNumber(metric.name, metric.label, (job) => job.metrics[metric.name] ?? null, (job) => (isNumber(job.metrics[metric.name]) ? numberText(job.metrics[metric.name]) : "–")),
      ascends: metric.is_loss,
    })),
    { ...plainNumber("epochs", "epochs", (job) => job.epochs ?? null, (job) => (isNumber(job.epochs) ? wholeText(job.epochs) : "–")), example: sweep.jobs[0].epochs ?? 1 },
    plainNumber("seconds", "seconds", (job) => job.seconds ?? null, (job) => (isNumber(job.seconds) ? job.seconds.toFixed(1) : "–")),
    { name: "status", label: "status", isNumber: false, value: (job) => job.status, text: (job) => (job.status === "finished" ? job.status : `✕ ${job.status}`) },
  ];
}

function saveCsv(rows, columns) {
  const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  // A spreadsheet computes a text that begins like a formula.
  const cell = (value) => quoted(typeof value === "string" && /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : String(value ?? ""));
  const lines = [columns.map((column) => cell(column.label)), ...rows.map((row) => columns.map((column) => cell(column.value(row))))];
  const blob = new Blob([`${lines.map((line) => line.join(",")).join("\n")}\n`], { type: "text/csv" });
  const address = URL.createObjectURL(blob);
  make("a", { href: address, download: "settings.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
