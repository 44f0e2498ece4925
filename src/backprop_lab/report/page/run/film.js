// The film bar: one slider sets the frame for all panels.

const FRAMES_A_SECOND = 12.5;
const FRAMES_A_SECOND_WITH_LESS_MOTION = 1;
const STRIP = 9;

function startFilm(report) {
  const slider = byId("moment");
  const play = byId("play");
  slider.addEventListener("input", () => change({ frame: Number(slider.value), playing: false }));
  play.addEventListener("click", () => togglePlaying(lastFrame(report)));
  follow(["whole"], rebuilding(() => fillStrip(report)));
  follow(["film"], () => {
    slider.max = lastFrame(report);
    slider.disabled = play.disabled = lastFrame(report) === 0;
    const isDiverged = report.status === "diverged";
    byId("rail-end").hidden = !isDiverged;
    byId("rail-end").closest(".track").classList.toggle("ended", isDiverged);
    if (isDiverged) byId("rail-end").title = "NaN from here on";
  });
  follow(["film", "frame", "playing"], () => {
    const { epoch, step } = report.frames;
    const at = state.frame;
    const moment = `step ${wholeText(step[at])}`;
    const metric = `${report.metric_label} ${numberText(report.metrics[at][1])}`;
    const loss = `validation loss ${numberText(report.loss[at][1])}`;
    slider.value = at;
    slider.setAttribute("aria-valuetext", `epoch ${wholeText(epoch[at])}, ${moment}, ${loss}, ${metric}`);
    play.textContent = state.playing ? "Pause" : "Play";
    play.setAttribute("aria-pressed", state.playing);
    byId("readout").replaceChildren(
      make("span", {}, make("strong", {}, `epoch ${wholeText(epoch[at])}`), ` · ${moment}`),
      make("span", {}, `${loss} · ${metric}`),
    );
    if (!state.playing) byId("spoken").textContent = slider.getAttribute("aria-valuetext");
    for (const thumb of byId("strip").children) thumb.classList.toggle("now", Number(thumb.dataset.frame) === at);
  });
}

function lastFrame({ frames }) {
  return frames.epoch.length - 1;
}

/** The epoch that is shown, as far as it is on an axis of these. */
function momentIn(epochs, report) {
  return Math.min(epochs.at(-1), report.frames.epoch[state.frame]);
}

/** Play from the current frame, or from the start if the film is at its end. */
function togglePlaying(last) {
  if (state.playing || last === 0) {
    change({ playing: false });
    return;
  }
  change({ playing: true, frame: state.frame === last ? 0 : state.frame });
  let before = performance.now();
  const next = (now) => {
    if (!state.playing) return;
    const slow = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const rate = slow ? FRAMES_A_SECOND_WITH_LESS_MOTION : FRAMES_A_SECOND * Number(byId("speed").value);
    const passed = Math.floor(((now - before) * rate) / 1000);
    if (passed > 0) {
      before += (passed * 1000) / rate;
      const frame = Math.min(last, state.frame + passed);
      change({ frame, playing: frame < last });
    }
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
}

/** Thumbnails of a few frames. */
function fillStrip(report) {
  const last = lastFrame(report);
  const frames = [...new Set(d3.range(STRIP).map((k) => Math.round((k * last) / (STRIP - 1))))];
  const thumbs = frames.map((frame) => {
    const canvas = make("canvas", {});
    const thumb = make(
      "button",
      {
        type: "button",
        tabindex: -1,
        "data-frame": frame,
        title: `epoch ${wholeText(report.frames.epoch[frame])}`,
        click: () => change({ frame, playing: false }),
      },
      canvas,
    );
    return { frame, canvas, thumb };
  });
  byId("strip").replaceChildren(...thumbs.map(({ thumb }) => thumb));
  follow(["theme"], () => thumbs.forEach(({ frame, canvas }) => paintAnswer(canvas, report, frame)));
}

/** The page's keyboard shortcuts, inactive while an element that uses the keys has the focus. */
function enableKeys(report) {
  const move = (by) => change({ frame: Math.min(lastFrame(report), Math.max(0, state.frame + by)), playing: false });
  const actions = {
    " ": () => togglePlaying(lastFrame(report)),
    ArrowLeft: (event) => move(event.shiftKey ? -5 : -1),
    ArrowRight: (event) => move(event.shiftKey ? 5 : 1),
    Home: () => move(-Infinity),
    End: () => move(Infinity),
    g: () => change({ view: state.view === "weights" ? "gradients" : "weights" }),
    Escape: () => change({ unit: null, cell: null }),
    "?": () => {
      byId("keys").open = true;
      byId("keys").scrollIntoView({ block: "center" });
    },
  };
  addEventListener("keydown", (event) => {
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key !== "Escape" && event.target.closest("input, select, textarea, table, .scrolls")) return;
    if (event.key === " " && event.target.closest("button, summary, a")) return;
    event.preventDefault();
    action(event);
  });
}
