// The path of an X-ray over its network: numbers forward at the units, and the path's weights and slopes.

const [MOST_IN_COLUMN, PICTURE_TEXT, COLUMN_WIDTH, ROW_HEIGHT, UNIT_RADIUS, ROOM_OF_PATH] = [9, 0.75, 9, 2.5, 0.42, 2.6]; // in rem but the first

/** The units of a column that are drawn, from the loss's largest slopes, with the one on the path. */
function drawnUnits(values, onPath) {
  const all = d3.range(values.length);
  if (all.length <= MOST_IN_COLUMN) return all;
  const most = d3.sort(all, (i) => -Math.abs(values[i])).slice(0, MOST_IN_COLUMN - 1);
  return d3.sort(new Set([...most, onPath]));
}

function pathPicture(subject, { units, input }, width) {
  const { layers, names, pass, moment, places, last } = subject;
  const unit = rem();
  const size = PICTURE_TEXT * unit;
  const columns = [
    { shown: drawnUnits(pass.inputs[0], input), onPath: input, name: (i) => names.input(0, i), value: (i) => pass.inputs[0][i] },
    ...layers.map((_, at) => ({
      shown: drawnUnits(pass.slopes[at], units[at]),
      onPath: units[at],
      name: (i) => (at < last ? names.value(at, i) : names.sum(at, i)),
      value: (i) => pass.values[at][i],
      slope: (i) => pass.slopes[at][i],
      z: (i) => names.sum(at, i),
      more: layers[at].units,
    })),
    { shown: [0], onPath: 0, name: () => "loss", value: () => pass.loss },
  ];
  const wide = Math.max(width, columns.length * COLUMN_WIDTH * unit);
  const rowOf = ({ shown, onPath }) => shown.indexOf(onPath);
  const above = d3.max(columns, rowOf);
  const below = d3.max(columns, (column) => column.shown.length - 1 - rowOf(column));
  // The path is one level line, with room for its numbers on both sides.
  const level = (above * ROW_HEIGHT + ROOM_OF_PATH) * unit;
  const tall = level + (below * ROW_HEIGHT + ROOM_OF_PATH + (below ? 1 : 0)) * unit;
  const place = (c, row) => {
    const away = row - rowOf(columns[c]);
    return { x: ((c + 0.5) * wide) / columns.length, y: level + (away * ROW_HEIGHT + (away > 0 ? 1 : 0)) * unit };
  };
  const text = (x, y, said, cls = "", anchor = "middle") => draw("text", { x, y, class: cls, "text-anchor": anchor }, said);
  const [lines, labels] = [draw("g"), draw("g")];
  for (let c = 1; c < columns.length; c++) {
    const [before, column] = [columns[c - 1], columns[c]];
    before.shown.forEach((i, from) =>
      column.shown.forEach((k, to) => {
        const isOnPath = i === before.onPath && k === column.onPath;
        const [start, end] = [place(c - 1, from), place(c, to)];
        const d = `M${start.x},${start.y}L${end.x},${end.y}`;
        if (isOnPath) labels.append(draw("path", { d, class: "on-path" }));
        else lines.append(draw("path", { d, class: "off-path" }));
        if (!isOnPath || c > layers.length) return;
        const weight = places[c - 1].weight + k * layers[c - 1].inputs + i;
        const at = { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 };
        labels.append(
          text(at.x, at.y - 0.35 * size, shortText(moment.w[weight], 3), "forth"),
          text(at.x, at.y + 1.1 * size, shortText(pass.gradient[weight], 3), "back"),
        );
      }),
    );
  }
  columns.forEach((column, c) => {
    column.shown.forEach((i, row) => {
      const { x, y } = place(c, row);
      const isOnPath = i === column.onPath;
      const apart = (isOnPath ? 1.35 : UNIT_RADIUS + 0.2) * unit;
      labels.append(
        draw("circle", { cx: x, cy: y, r: UNIT_RADIUS * unit, class: isOnPath ? "on-path" : "off-path" }),
        text(x, y - apart, `${column.name(i)} = ${shortText(column.value(i), 3)}`, isOnPath ? "forth" : "aside"),
      );
      if (isOnPath && column.slope) labels.append(text(x, y + apart + 0.7 * size, `∂loss/∂${column.z(i)} = ${shortText(column.slope(i), 3)}`, "back"));
    });
    const left = (column.more ?? column.shown.length) - column.shown.length;
    if (left) labels.append(text(place(c, 0).x, tall - 0.2 * size, `${wholeText(left)} more`, "aside"));
  });
  return draw(
    "svg",
    { width: wide, height: tall, viewBox: `0 0 ${wide} ${tall}`, class: "xray-picture", role: "img", "font-size": size, "aria-label": "The path through the network; its numbers are listed below" },
    lines,
    labels,
  );
}
