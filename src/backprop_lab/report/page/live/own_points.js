// Points of one's own: added, moved, removed and given a class on the picture, with a pointer or by keys.

const MOST_IN_COMMAND = 60;
const TAKEN_AT_FIRST = 40; // of many
const MANY_EPOCHS = 2_000; // few points need as many steps
const PLACE_DECIMALS = 2;
const NEAR = 0.7; // rem
const MOST_OWN_CLASSES = 10;
const MOST_LISTED = 1_000; // points

const roundedPlace = (value) => Number(value.toFixed(PLACE_DECIMALS)) || 0;

/** The points in the changes; null while there are none of one's own. */
function ownPoints() {
  return state.changes.dataset === "points" || state.changes["dataset.points"] ? (state.changes["dataset.points"] ?? null) : null;
}

/** Starts the part of the panel about points; gives what `editPoints` needs. */
function startOwnPoints(report) {
  const { live } = report;
  const earlier = []; // lists of points, to undo
  let label = 1;
  const set = (points, isUndo = false) => {
    const before = ownPoints();
    if (before && !isUndo) earlier.push(before);
    const epochs = Math.max(configWith(live, state.changes).epochs, MANY_EPOCHS);
    change({ changes: realChanges(live, { ...state.changes, dataset: "points", "dataset.points": points, epochs }), playing: false });
  };
  const undo = () => earlier.length && set(earlier.pop(), true);
  const begin = () => {
    const count = Math.min(report.points.known, report.points.of_train > MOST_IN_COMMAND ? TAKEN_AT_FIRST : report.points.known);
    set(d3.range(count).map((i) => [roundedPlace(report.at["points/x"](i, 0)), roundedPlace(report.at["points/x"](i, 1)), report.at["points/y"](i)]));
  };
  const choose = (chosen) => {
    label = chosen;
    byId("own-class").value = chosen;
  };
  follow(["kind"], () => (byId("own").hidden = report.is_line || !report.is_classification));
  byId("own-class").replaceChildren(...d3.range(MOST_OWN_CLASSES).map((one) => make("option", { value: one }, `class ${one}`)));
  byId("own-class").value = label;
  byId("own-class").addEventListener("change", (event) => choose(Number(event.target.value)));
  byId("own-begin").addEventListener("click", begin);
  byId("own-undo").addEventListener("click", undo);
  byId("own-save").addEventListener("click", () => saveText("points.csv", (ownPoints() ?? []).map((point) => point.join(",")).join("\n")));
  follow(["changes"], () => {
    const points = ownPoints();
    byId("own-begin").hidden = points !== null;
    byId("own-tools").hidden = points === null;
    byId("own-undo").disabled = !earlier.length;
    byId("own-save").hidden = (points?.length ?? 0) <= MOST_IN_COMMAND;
    byId("own-list").replaceChildren(...(points ?? []).map(([x1, x2, y]) => make("li", {}, `${x1}, ${x2}: class ${y}`)));
    byId("own-count").textContent = points ? `${points.length} points` : "";
  });
  return { set, undo, choose, label: () => label };
}

/** Edit the points of a picture, while there are some of one's own. */
function editPoints(drawn, report) {
  const placeOf = (event) => {
    const [px, py] = d3.pointer(event, drawn.svg);
    return [drawn.x.invert(px), drawn.y.invert(py)].map(roundedPlace);
  };
  const nearest = (points, [x1, x2]) => {
    const away = points.map((point) => Math.hypot(drawn.x(point[0]) - drawn.x(x1), drawn.y(point[1]) - drawn.y(x2)));
    const i = d3.minIndex(away);
    return away[i] <= NEAR * rem() ? i : -1;
  };
  const replaced = (points, i, point) => points.map((other, at) => (at === i ? point : other));
  const without = (points, i) => points.filter((_, at) => at !== i);
  const set = (...wanted) => report.edit.set(...wanted);
  const add = (place) => set([...ownPoints(), [...place, report.edit.label()]]);
  const isLast = (points, i) => new Set(without(points, i).map(([, , y]) => y)).size < 2; // two classes at least
  const remove = (i) => !isLast(ownPoints(), i) && set(without(ownPoints(), i));

  drawn.svg.addEventListener("pointerdown", (event) => {
    const points = ownPoints();
    if (!report.edit || !points || event.button !== 0) return;
    event.preventDefault();
    const start = placeOf(event);
    const i = nearest(points, start);
    if (i < 0) {
      add(start);
      return;
    }
    let moved = false;
    const move = (later) => {
      const place = placeOf(later);
      if (!moved && nearest([points[i]], place) === 0) return;
      set(replaced(ownPoints(), i, [...place, points[i][2]]), moved);
      moved = true;
    };
    const end = () => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
      if (!moved) remove(i);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
  });

  drawn.svg.addEventListener("keydown", (event) => {
    const points = ownPoints();
    if (!report.edit || !points) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
      event.preventDefault();
      report.edit.undo();
      return;
    }
    const place = drawn.pointing.place().map(roundedPlace);
    const i = nearest(points, place);
    if (event.key === "Enter" || event.key === " ") add(place);
    else if (event.key === "Delete" || event.key === "Backspace") {
      if (i >= 0) remove(i);
    } else if (/^\d$/.test(event.key)) {
      report.edit.choose(Number(event.key));
      if (i >= 0) set(replaced(points, i, [points[i][0], points[i][1], Number(event.key)]));
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

/** Offer a text as a file. */
function saveText(name, text) {
  const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
}
