// Weights by hand: at the first frame everything after it is trained anew, later the moment itself changes.

const TYPED_DIGITS = 3; // of a weight in the command
const MOST_TYPED = 100; // weights, as options/model/__init__.py allows
const PULL = 0.01; // of the largest weight, or of 1, for each pixel

const typedWeights = (w) => Array.from(w, (value) => Number(value.toPrecision(TYPED_DIGITS)));

/** The film that is shown, with other weights at the frame that is shown: as a training that has ended. */
function pulledTraining(report, config, points, place, value) {
  const { live } = report;
  const frames = report.frames.epoch.map((epoch, frame) => ({
    epoch,
    step: report.frames.step[frame],
    w: Float64Array.from(report.at.weights(frame)),
    slots: [],
  }));
  frames[state.frame].w[place] = value;
  const rung = new ByHand(config, points, live.formulas);
  return { config, formulas: live.formulas, points, frames, rows: [], rung, isBroken: false, isOver: true, spent: 0 };
}

/** Loss of all training points and its gradient, with weights `w`. */
function lossAndGradient(rung, w) {
  rung.w.set(w);
  return { loss: rung.measure(rung.points.train).loss, gradient: rung.gradientOf(rung.points.train) };
}

/** What a pulled weight does at a moment, in words. */
function pulledText(rung, before, after, place) {
  const [was, is] = [before, after].map((w) => lossAndGradient(rung, w));
  const away = is.loss - was.loss;
  const direction = away === 0 ? "unchanged" : away > 0 ? `higher by ${numberText(away)}` : `lower by ${numberText(-away)}`;
  return `From ${numberText(before[place])} to ${numberText(after[place])}: the training loss of this moment is ${numberText(is.loss)}, ${direction}; its derivative by this weight was ${numberText(was.gradient[place])} and is ${numberText(is.gradient[place])}.`;
}

/** Pull the weight of a line up or down with a mouse or a pen. */
function enablePulling(report, svg) {
  svg.addEventListener("pointerdown", (event) => {
    const line = event.target.closest("[data-weight]");
    if (!line || !report.pull || event.pointerType === "touch" || event.button !== 0) return;
    const [layer, unit, input] = line.dataset.weight.split(".").map(Number);
    const place = report.places[layer].weight + unit * report.layers[layer].inputs + input;
    const start = report.at.weights(state.frame, place);
    const scale = PULL * Math.max(1, largestWeight(report));
    let isPulled = false;
    let wanted = null;
    const move = (moved) => {
      const away = event.clientY - moved.clientY;
      if (!isPulled && Math.abs(away) < 3) return;
      isPulled = true;
      if (wanted === null) requestAnimationFrame(() => {
        report.pull(place, Number((start + wanted * scale).toPrecision(TYPED_DIGITS)));
        wanted = null;
      });
      wanted = away;
    };
    const end = () => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
    event.preventDefault();
  });
}

/** A field for a weight: typing pulls it. */
function weightField(report, place, name) {
  const value = report.at.weights(state.frame, place);
  const field = make("input", { type: "text", inputmode: "decimal", "data-place": place, "aria-label": `weight ${name}`, size: 8, autocomplete: "off" });
  field.value = Number(value.toPrecision(4));
  const pull = (typed) => {
    const wanted = typedValue(typed);
    const isRight = typeof wanted === "number" && Math.abs(wanted) <= 3.4e38;
    field.setAttribute("aria-invalid", !isRight);
    if (isRight && wanted !== value) report.pull(place, Number(wanted.toPrecision(TYPED_DIGITS)));
  };
  field.addEventListener("change", () => pull(field.value));
  field.addEventListener("keydown", (event) => {
    const steps = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!steps) return;
    event.preventDefault();
    event.stopPropagation();
    const step = 10 ** Math.floor(Math.log10(Math.max(0.1, Math.abs(value)))) / 10;
    pull(String(value + steps * step));
  });
  return field;
}
