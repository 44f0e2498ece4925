// Trains the recorded run again when the page is idle, and says how far it ends from the recording.

const CHECK_SLICE = 9; // milliseconds of work in each picture
const CHECK_BUDGET = 10; // seconds of work
// One rounding of the first weights stands for those of every step, which may end so many times as far apart.
const ROUNDINGS = 1_000;

/** Train the recorded run again; `onAgain(training)` is called if the page can do that. */
function startCheck(report, onAgain) {
  const line = byId("again-here");
  const say = (text) => (line.textContent = text);
  line.hidden = false;
  const reason = whyNotAgain(report);
  if (reason) {
    say(`This page has not trained the run again: ${reason}.`);
    return;
  }
  say("This page trains the run again …");
  const recorded = report.arrays["again/weights"].values;
  const { epochs } = report;
  trainAgain(report, 0, (training) => {
    const { rung, spent: milliseconds } = training;
    onAgain(training);
    const { precision } = report.again.config;
    const away = farthest(rung.w, recorded);
    const until = report.again.epoch === epochs ? "" : ` up to epoch ${wholeText(report.again.epoch)}`;
    const steps = `${wholeText(rung.steps)} ${rung.steps === 1 ? "step" : "steps"}`;
    const took = `${steps} in ${wholeText(Math.ceil(milliseconds))} ms`;
    const trained = `Trained again in this browser${until}: ${took}; its weights`;
    const largest = recorded.reduce((most, weight) => Math.max(most, Math.abs(weight)), 1);
    if (away <= ORDINARY[precision] * largest) {
      const agree = away === 0 ? "in every bit" : `to ${atMost(away)}`;
      const because = precision === 32 ? "; the run was recorded in float32" : "";
      say(`${trained} agree with the recorded ones ${agree}${because}.`);
      return;
    }
    const end = `${trained} end ${atMost(away)} from the recorded ones.`;
    say(`${end} Looking whether rounding explains that …`);
    const moved = ROUNDING[precision];
    trainAgain(report, moved, ({ rung: twin }) => {
      const apart = farthest(rung.w, twin.w);
      const twins = `irst weights moved by ${atMost(moved)} end ${atMost(apart)} apart.`;
      if (apart * ROUNDINGS < away) say(`${end} Rounding does not explain that: f${twins}`);
      else say(`${end} This training amplifies rounding: two correct computers end apart. F${twins}`);
    });
  });
}

/** Why the run cannot be trained again here, in a few words, or "". */
function whyNotAgain(report) {
  const { config, step, weights } = report.again;
  const { formulas } = report.live;
  const declined = declines(config, formulas);
  if (declined) return declined;
  if (!report.arrays["again/weights"]) return `it does not hold ${wholeText(weights)} weights in full precision`;
  if (step === 0) return "no epoch with finite weights was recorded";
  const work = WORK_OF_A_POINT + WORK_OF_A_PARAMETER * weights;
  const seconds = (report.points.of_train * report.again.epoch * work) / 1e9;
  return seconds > CHECK_BUDGET ? `that would take about ${wholeText(Math.ceil(seconds))} seconds` : "";
}

/** Train up to the recorded epoch, from first weights that are moved so far, a little in each picture. */
function trainAgain(report, moved, onEnd) {
  const { config, epoch } = report.again;
  const { formulas } = report.live;
  const work = (training) => {
    training.work(CHECK_SLICE);
    if (training.isOver) onEnd(training);
    else requestAnimationFrame(() => work(training));
  };
  requestAnimationFrame(() => {
    const ended = { ...config, epochs: epoch, log_every_n_epochs: Infinity };
    const training = new LiveTraining(ended, formulas, pointsOf(config, formulas));
    if (moved) movedStart(training.rung, moved);
    work(training);
  });
}
