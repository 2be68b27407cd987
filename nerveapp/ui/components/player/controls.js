const LOOKS = ["outline", "fill", "off"];
const ZOOM_STEP = 1.5;
const WHEEL_PER_PIXEL = 0.002;
const WHEEL_PER_LINE = 0.05;
const KEYS = {
  " ": "toggle", ArrowLeft: "previous", ArrowRight: "next", Home: "first", End: "last",
  o: "toggleOutline", f: "nextFlag", s: "smaller", l: "larger", "+": "zoomIn", "=": "zoomIn", "-": "zoomOut", 0: "zoomReset",
};
const SHIFT_KEYS = {
  ArrowLeft: "back10", ArrowRight: "on10", o: "nextLook", f: "previousFlag", "+": "zoomIn", _: "zoomOut",
};

/** Buttons, slider, keys and pointer: what the user does becomes a call of the player. */
export class Controls {
  constructor(player) {
    this.player = player;
    this.root = player.root;
    this.slider = this.root.querySelector(".scrub input");
    this.actions = actionsOf(player);
    this.listening = new AbortController();
    this.listen();
    this.listenToPicture(player.stage.canvas);
    this.pointing = new Pointing(player);
  }

  on(target, name, handler, options) {
    target.addEventListener(name, handler, { signal: this.listening.signal, ...options });
  }

  listen() {
    const { player, slider } = this;
    this.on(this.root, "click", (event) => this.actions[event.target.closest("[data-do]")?.dataset.do]?.());
    this.on(this.root.querySelector("[data-set=speed]"), "change", (event) =>
      player.set({ speed: Number(event.target.value) }));
    this.on(slider, "input", () => {
      player.scrubbing = true;
      player.pause();
      player.show(Number(slider.value));
    });
    this.on(slider, "change", () => {
      player.scrubbing = false;
      player.goTo(Number(slider.value));
    });
    this.on(document, "keydown", (event) => this.keyDown(event));
  }

  listenToPicture(canvas) {
    this.on(canvas, "wheel", (event) => this.wheel(event), { passive: false });
    this.on(canvas, "dblclick", () => this.actions.zoomReset());
    this.on(canvas, "pointerdown", (event) => this.grasp(event));
    this.on(canvas, "pointermove", (event) => this.drag(event));
    this.on(canvas, "lostpointercapture", () => {
      this.hand = null;
      canvas.classList.remove("dragged");
    });
  }

  keyDown(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const name = (event.shiftKey ? SHIFT_KEYS : KEYS)[key];
    if (!name || !this.player.loaded || !this.isForUs(event)) return;
    event.preventDefault();
    this.actions[name]();
  }

  isForUs(event) {
    const at = event.composedPath()[0]; // the element inside the shadow root, where there is one
    if (!(at instanceof Element)) return false;
    // The page itself, or what lies around the player, may have the focus; another widget may not.
    if (!this.root.contains(at) && !at.contains(this.root.getRootNode().host ?? this.root)) return false;
    if (at !== this.slider && at.closest("input, textarea, select, [contenteditable]")) return false;
    return !(event.key === " " && at.closest("button, summary")); // space presses what has the focus
  }

  wheel(event) {
    const box = event.currentTarget.getBoundingClientRect();
    const at = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    const factor = Math.exp(-event.deltaY * (event.deltaMode ? WHEEL_PER_LINE : WHEEL_PER_PIXEL));
    this.player.zoom((stage) => {
      if (stage.zoomBy(factor, ...at)) event.preventDefault(); // at the end of the zoom the page scrolls on
    });
  }

  grasp(event) {
    const canvas = event.currentTarget;
    this.root.focus({ preventScroll: true });
    if (this.player.stage.zoom === 1 || event.button !== 0 || this.pointing.draws(event)) return;
    event.preventDefault();
    this.hand = { x: event.clientX, y: event.clientY };
    canvas.setPointerCapture(event.pointerId);
    canvas.classList.add("dragged");
  }

  drag(event) {
    if (!this.hand || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const { x, y } = this.hand;
    this.hand = { x: event.clientX, y: event.clientY };
    this.player.zoom((stage) => stage.panBy(event.clientX - x, event.clientY - y));
  }

  /** Fit the slider and the marks above it to a clip. */
  use({ count, flagged, scene }) {
    this.slider.max = count - 1;
    const pointed = marks(scene.points.map(([frame]) => frame), count);
    for (const mark of pointed) mark.className = "pointed";
    this.root.querySelector(".marks").replaceChildren(...marks(flagged, count), ...pointed);
    this.pointing.use();
  }

  enable(usable, hasFlags) {
    for (const control of this.root.querySelectorAll("button, select, input")) {
      control.disabled = !usable || (/Flag$/.test(control.dataset.do) && !hasFlags);
    }
  }

  showPlaying(playing) {
    this.root.dataset.playing = playing;
    const button = this.root.querySelector("[data-do=toggle]");
    button.ariaLabel = playing ? "Pause" : "Play";
    button.title = `${button.ariaLabel} (space)`;
  }

  showSettings({ speed, loop, look }) {
    const press = (name, pressed) =>
      this.root.querySelector(`[data-do=${name}]`).setAttribute("aria-pressed", pressed);
    for (const name of LOOKS) press(name, name === look);
    press("loop", loop);
    this.root.querySelector("[data-set=speed]").value = speed;
  }

  /** Write what belongs to the frame on show: its number, time, area and why it was flagged, in words. */
  showFrame({ scene, shown, count }) {
    const text = (selector, words) => { this.root.querySelector(selector).textContent = words; };
    const flag = scene.flags[shown];
    const words = [`Frame ${shown} (last: ${count - 1})`, `${scene.times_s[shown].toFixed(3)} s`, scene.captions[shown]];
    [".position", ".time", ".caption"].forEach((selector, at) => { text(selector, words[at]); });
    text(".flag .words", flag);
    this.root.querySelector(".flag").hidden = !flag;
    this.slider.setAttribute("aria-valuetext", [...words, flag].filter(Boolean).join(", "));
    if (!this.player.scrubbing) this.slider.value = shown;
  }

  destroy() {
    this.listening.abort();
    this.pointing.destroy();
  }
}

/** What each button (`data-do`) and key does. */
function actionsOf(player) {
  const by = (step) => () => player.goTo(player.target + step);
  const look = (name) => () => player.set({ look: name });
  const zoom = (factor) => () => player.zoom((stage) => stage.zoomBy(factor));
  return {
    toggle: () => (player.playing ? player.pause() : player.play()),
    first: () => player.goTo(0),
    last: () => player.goTo(player.count - 1),
    previous: by(-1),
    next: by(1),
    back10: by(-10),
    on10: by(10),
    previousFlag: () => player.goToFlag(-1),
    nextFlag: () => player.goToFlag(1),
    loop: () => player.set({ loop: !player.loop }),
    outline: look("outline"),
    fill: look("fill"),
    off: look("off"),
    toggleOutline: () => player.set({ look: player.look === "off" ? player.lastLook : "off" }),
    nextLook: () => player.set({ look: LOOKS[(LOOKS.indexOf(player.look) + 1) % LOOKS.length] }),
    zoomIn: zoom(ZOOM_STEP),
    zoomOut: zoom(1 / ZOOM_STEP),
    zoomReset: () => player.zoom((stage) => stage.showAll()),
    smaller: () => player.controls.pointing.choose(-1),
    larger: () => player.controls.pointing.choose(1),
  };
}

/** One mark per run of flagged frames, each over its place on the slider. */
function marks(flagged, count) {
  const runs = [];
  for (const index of flagged) {
    if (runs.length && runs[runs.length - 1][1] === index - 1) runs[runs.length - 1][1] = index;
    else runs.push([index, index]);
  }
  return runs.map(([first, last]) => {
    const mark = document.createElement("i");
    const percent = (index) => (100 * index) / Math.max(1, count - 1);
    mark.style.left = `calc(${percent(first)}% - 1.5px)`;
    mark.style.width = `calc(${percent(last - first)}% + 3px)`;
    return mark;
  });
}
