const KEYS = {
  b: "brush", e: "erase", p: "polygon", k: "point", v: "vertex", "[": "smaller", "]": "larger", r: "reset", n: "clear", c: "propagate", d: "disagreement", a: "accept",
  "+": "zoomIn", "=": "zoomIn", "-": "zoomOut", 0: "zoomAll", z: "zoomFit", Enter: "save", Escape: "cancel",
  ArrowLeft: "previous", ArrowRight: "next", " ": "play", "?": "help",
};

/** Pointer, keys and buttons: mixed into the editor, which does what they ask. */
Object.assign(Editor.prototype, {
  listen() {
    const { canvas, root } = this;
    this.on(canvas, "pointerdown", (event) => this.press(event));
    this.on(canvas, "pointermove", (event) => this.move(event));
    this.on(canvas, "pointerup", (event) => this.lift(event));
    this.on(canvas, "pointercancel", (event) => this.lift(event));
    this.on(canvas, "pointerleave", () => { this.pointer = null; this.draw(); });
    this.on(canvas, "dblclick", () => this.closePolygon());
    this.on(canvas, "contextmenu", (event) => event.preventDefault());
    this.on(canvas, "wheel", (event) => this.wheel(event), { passive: false });
    this.on(root, "click", (event) => this.clicked(event.target.closest("[data-tool], [data-do]")));
    this.on(root, "input", (event) => this.adjusted(event.target));
    this.on(document, "keydown", (event) => this.keyDown(event));
    // A button of the page saves what is here, or leaves it.
    this.on(document, "pointerdown", (event) => this.left(event.composedPath()[0]), { capture: true });
    this.on(root, "focusout", (event) => this.left(event.relatedTarget));
    this.on(document, "keyup", (event) => { if (event.key.toLowerCase() === "h") this.hide(false); });
  },

  // --- pointer -------------------------------------------------------------------------------------------------------

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const across = this.raster.width / this.view.zoom;
    const down = this.raster.height / this.view.zoom;
    return {
      x: this.view.left + ((event.clientX - box.left) / box.width) * across,
      y: this.view.top + ((event.clientY - box.top) / box.height) * down,
    };
  },

  erasing() {
    return this.drawing ? this.drawing.value === 0 : settings.tool === "erase";
  },

  /** Whether it is not the contact that draws: a palm, or a second finger. */
  isAnothers(event) {
    const busy = this.drawing || this.held || this.moving;
    return event.isPrimary === false || Boolean(busy && event.pointerId !== this.hand);
  },

  /** A hand comes to rest before its pen does: what it has drawn till then is taken back. */
  putPalmAway() {
    if (this.touching) this.lift({ type: "pointercancel", pointerId: this.hand });
    this.touching = false;
  },

  press(event) {
    if (event.pointerType === "pen") this.putPalmAway();
    if (!this.raster || this.root.dataset.ready !== "true" || this.leaving || this.isAnothers(event)) return;
    this.hand = event.pointerId;
    this.touching = event.pointerType === "touch";
    event.preventDefault();
    this.root.focus({ preventScroll: true });
    this.touched();
    this.canvas.setPointerCapture(event.pointerId);
    if (event.button === 1 || event.shiftKey) {
      this.moving = { x: event.clientX, y: event.clientY };
      return;
    }
    const point = this.at(event);
    if (settings.tool === "polygon" && event.button === 0) {
      this.points.push(point);
      this.draw();
      return;
    }
    if (settings.tool === "point" && event.button === 0) {
      this.pointed = { place: this.task.place, point: [point.x, point.y] };
      this.command("propose", { point: this.pointed.point });
      this.offerSizes();
      return;
    }
    if (settings.tool === "vertex" && event.button === 0) {
      this.grasp(point);
      return;
    }
    this.remember();
    const rubber = event.button === 2 || event.buttons === 32 || settings.tool === "erase"; // 32: a pen's eraser
    this.drawing = { last: point, value: rubber ? 0 : 1 };
    this.paint([point]);
  },

  move(event) {
    if (!this.raster || this.isAnothers(event)) return;
    if (this.moving) {
      const box = this.canvas.getBoundingClientRect();
      this.view.left -= ((event.clientX - this.moving.x) / box.width) * (this.raster.width / this.view.zoom);
      this.view.top -= ((event.clientY - this.moving.y) / box.height) * (this.raster.height / this.view.zoom);
      this.moving = { x: event.clientX, y: event.clientY };
      this.hold();
      return;
    }
    const passed = event.getCoalescedEvents?.() ?? [];
    const points = (passed.length ? passed : [event]).map((one) => this.at(one));
    this.pointer = points[points.length - 1];
    if (this.drawing) this.paint(points);
    if (this.held) this.drag(this.pointer);
    this.draw();
  },

  /** Go on to each of the points that the pointer has passed since the last picture. */
  paint(points) {
    for (const point of points) {
      this.raster.stroke(this.drawing.last, point, settings.size / 2, this.drawing.value);
      this.drawing.last = point;
    }
    this.overlayChanged();
    this.draw();
  },

  // --- corners: only what the moved corner adds or takes away changes ---------------------------------------------------

  grasp(point) {
    const reach = (10 * (window.devicePixelRatio || 1)) / this.scale;
    const corner = nearestCorner(this.corners, point, reach);
    if (!corner) return;
    this.remember();
    this.held = { corner, before: this.raster.bytes.slice(), shape: this.raster.filled(this.corners) };
  },

  drag(point) {
    const { corner, before, shape } = this.held;
    Object.assign(corner, point);
    const moved = this.raster.filled(this.corners);
    this.raster.bytes = before.map((value, at) => (moved[at] === shape[at] ? value : moved[at]));
    this.overlayChanged();
    this.draw();
  },

  lift(event) {
    if (this.isAnothers(event)) return;
    this.moving = null;
    if (!this.drawing && !this.held) return;
    if (event.type !== "pointercancel") return this.endStroke();
    this.drawing = this.held = null;
    this.touched();
    this.restore(this.past.pop());
    this.overlayChanged();
    this.draw();
  },

  endStroke() {
    const painted = this.drawing?.value === 1;
    this.drawing = this.held = null;
    this.touched();
    if (painted) this.raster.fillClosedIn(this.past.at(-1).bytes);
    this.finished();
  },

  /** Take what was begun for what it is before anything else is done: three corners are a polygon, fewer are none. */
  settlePolygon() {
    if (!this.points?.length) return;
    if (this.points.length > 2) this.closePolygon();
    else this.points = [];
  },

  left(target) {
    if (!(target instanceof Element) || this.root.contains(target)) return;
    if (target.closest("button, a, input, [role=button]")) this.settlePolygon();
  },

  closePolygon() {
    if (settings.tool !== "polygon" || this.points.length < 3) return;
    this.remember();
    this.raster.bytes = this.raster.filled(this.points);
    this.corners = this.points;
    this.points = [];
    this.finished();
  },

  wheel(event) {
    if (!this.raster) return;
    const box = this.canvas.getBoundingClientRect();
    const at = { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
    const factor = Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.002));
    if (this.zoomBy(factor, at)) event.preventDefault();
  },

  // --- buttons, sliders, keys ------------------------------------------------------------------------------------------

  clicked(button) {
    if (button) this.act(button.dataset.tool ?? button.dataset.do);
  },

  adjusted(input) {
    const name = input.dataset?.set;
    if (!name) return;
    settings[name] = input.type === "checkbox" ? input.checked : Number(input.value);
    this.showSettings();
    this.draw();
  },

  keyDown(event) {
    if (!event.isTrusted || event.altKey || event.metaKey || event.defaultPrevented || !this.isForUs(event)) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const name = event.ctrlKey ? { z: event.shiftKey ? "redo" : "undo", y: "redo" }[key] : KEYS[key];
    if (key === "h" && !event.ctrlKey) this.hide(true);
    if (!name || !this.raster) return;
    event.preventDefault();
    if (event.repeat && ["save", "accept", "propagate", "clear", "reset"].includes(name)) return; // a key held by accident
    this.touched();
    this.act(name);
  },

  isForUs(event) {
    const at = event.composedPath()[0];
    if (!(at instanceof Element)) return false;
    if (!this.root.contains(at) && !at.contains(this.root.getRootNode().host ?? this.root)) return false;
    if (at.closest("input[type=text], textarea, select, [contenteditable]")) return false;
    if (at.closest("input[type=range]") && event.key.startsWith("Arrow")) return false;
    const pressed = event.key === " " || event.key === "Enter";
    return !(pressed && at.closest("button, summary") && this.root.contains(at));
  },

  act(name) {
    const resize = (way, factor) => () => {
      if (this.sizesOffered()) return this.command(way, { point: this.pointed.point });
      settings.size = Math.min(60, Math.max(1, Math.round(settings.size * factor + (factor > 1 ? 0.5 : -0.5))));
      this.showSettings();
    };
    const use = (tool) => () => {
      this.settlePolygon();
      settings.tool = tool;
      this.showSettings();
      this.offerSizes();
    };
    const actions = {
      brush: use("brush"), erase: use("erase"), polygon: use("polygon"), point: use("point"), vertex: use("vertex"),
      smaller: resize("smaller", 0.8), larger: resize("larger", 1.25),
      undo: () => (this.points.length ? this.points.pop() : this.step(this.past, this.future)), redo: () => this.step(this.future, this.past),
      reset: () => this.replace(this.model.slice()),
      clear: () => this.replace(new Uint8Array(this.raster.bytes.length)),
      zoomIn: () => this.zoomBy(1.4), zoomOut: () => this.zoomBy(1 / 1.4),
      zoomAll: () => this.zoomAll(), zoomFit: () => this.zoomFit(),
      cancel: () => { this.points = []; },
      save: () => (this.points.length > 2 ? this.closePolygon() : this.command("save")),
      previous: () => this.command("previous"), next: () => this.command("next"), propagate: () => this.command("propagate"),
      disagreement: () => this.command("disagreement"), accept: () => this.command("accept"),
      help: () => { const keys = this.root.querySelector(".keys"); keys.open = !keys.open; },
      play: () => {
        this.root.blur();
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key: " ", bubbles: true, composed: true }));
      },
    };
    actions[name]?.();
    this.draw();
  },

  /** Whether a smaller or larger outline may be asked for: of the nerve in this frame that was pointed at last. */
  sizesOffered() {
    return settings.tool === "point" && this.pointed !== undefined && this.pointed.place === this.task?.place;
  },

  offerSizes() {
    this.root.dataset.pointed = this.sizesOffered();
  },

  hide(hidden) {
    this.hidden = hidden;
    this.draw();
  },

  showSettings() {
    for (const button of this.root.querySelectorAll("[data-tool]")) {
      button.setAttribute("aria-pressed", button.dataset.tool === settings.tool);
    }
    for (const input of this.root.querySelectorAll("[data-set]")) {
      if (input.type === "checkbox") input.checked = settings[input.dataset.set];
      else input.value = settings[input.dataset.set];
    }
    this.root.querySelector(".size output").textContent = settings.size;
  },
});
