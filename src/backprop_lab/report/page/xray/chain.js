// The lines along one path: forward to the loss, back to one weight, and to what the step makes of it.

/** [title, lines] of each part. */
function chainOf(subject, path) {
  const { last } = subject;
  const { units, place } = path;
  const ahead = units.flatMap((unit, at) => unitLines(subject, at, unit));
  const slope = slopeLines(subject).filter(({ unit }) => unit[1] === units[last]);
  const back = d3.range(last - 1, -1, -1).flatMap((at) => backLines(subject, at, units[at]));
  const gradient = gradientLines(subject, 0, units[0]).filter((line) => line.place === place);
  return [
    ["Forward", [...ahead, ...lossLines(subject)]],
    ["Back", [...slope, ...back, ...gradient]],
    ["Update", [...stepLines(subject), ...weightLines(subject, [0, units[0]], path.input)]],
  ];
}

const NUDGE = 1e-5; // of the size of the weight, or of 1

/** The derivative of the point's loss by a weight, from two losses beside it: no chain rule. */
function nudgeText({ probe }, { moment, pass, names }, { units, input, place }) {
  const w = moment.w.slice();
  const away = NUDGE * Math.max(1, Math.abs(w[place]));
  const at = (value) => {
    w[place] = value;
    return probe.lossOf(w, pass);
  };
  const slope = (at(moment.w[place] + away) - at(moment.w[place] - away)) / (2 * away);
  const name = names.weight(0, units[0], input);
  return `Checked without the chain rule: ${name} moved up and down by ${shortText(away, 1)} changes this point's loss at a rate of ${shortText(slope)}; the chain gives ${shortText(pass.gradient[place])}.`;
}
