const OUTLINE = "rgb(255, 176, 0)";
const [GLASS] = new Uint32Array(Uint8Array.of(255, 176, 0, 70).buffer); // as an ImageData's bytes lie in memory
const GHOST = "rgb(100, 180, 255)";
const LARGEST_ZOOM = 24;
const UNDO_STEPS = 60;
const LEAVING = ["save", "previous", "next", "disagreement"]; // what is drawn until the next frame comes would be lost
const CLOCK_STOPS_AFTER_MS = 30000; // a pause is no time spent on the frame
const KEPT = "nerveapp:"; // begins the name of a place
const editors = new WeakMap(); // one per mounted component: Streamlit calls the default export again on every rerun
export const settings = { tool: "brush", size: 9, gain: 1, contrast: 1, ghost: true }; // kept from frame to frame

export class Editor {
  constructor(root) {
    this.root = root;
    this.canvas = root.querySelector("canvas");
    this.context = this.canvas.getContext("2d");
    this.listening = new AbortController();
    this.view = { zoom: 1, left: 0, top: 0 };
    this.listen();
    this.resizing = new ResizeObserver(() => this.draw());
    this.resizing.observe(this.canvas);
    this.ticking = setInterval(() => this.tick(), 1000);
    this.showSettings();
  }

  on(target, name, handler, options) {
    target.addEventListener(name, handler, { signal: this.listening.signal, ...options });
  }

  // --- data from Python -------------------------------------------------------------------------------------------

  receive({ task, picture }) {
    if (task.id === this.task?.id) {
      if (task.answered && task.answered === this.asked) this.stay(); // a save was refused: the frame is drawn upon again
      return;
    }
    // The server leaves a frame only once it has stored what was drawn there.
    if (this.leaving && this.task && task.place !== this.task.place) this.forget([this.task.place]);
    const sameClip = this.task?.clip === task.clip;
    const before = this.task?.place === task.place ? [...this.past, this.state()] : []; // an outline was proposed
    this.drawing = this.held = this.moving = this.leaving = null;
    this.task = task;
    this.root.classList.toggle("blind", task.blind);
    this.offerSizes();
    this.root.dataset.ready = "false";
    this.raster = new Raster(task.width, task.height, task.runs);
    this.model = Raster.fromRuns(task.predicted, task.width * task.height);
    this.ghost = addLoops(new Path2D(), Raster.borders(this.model, task.width, task.height));
    this.corners = task.corners.map(([x, y]) => ({ x, y }));
    Object.assign(this, { past: before, future: [], points: [], strokes: 0, spent: task.seconds, active: performance.now() });
    this.root.dataset.strokes = "0";
    this.canvas.parentElement.style.setProperty("--aspect", task.width / task.height);
    this.chain = [task.known[task.known.length - 1] ?? null];
    this.restoreUnsaved();
    if (!sameClip) this.zoomFit();
    this.overlayChanged();
    const image = new Image();
    image.onload = () => {
      if (this.task !== task) return;
      this.image = image;
      URL.revokeObjectURL(image.src);
      this.root.dataset.frame = task.frame;
      if (!task.blind) noteInAddress(task.frame);
      this.root.dataset.ready = "true";
      this.draw();
    };
    image.src = URL.createObjectURL(new Blob([picture], { type: "image/png" }));
    this.root.focus({ preventScroll: true });
  }

  // --- what leaves: every finished stroke, and commands ------------------------------------------------------------

  finished(id = newId()) {
    this.strokes += 1;
    this.root.dataset.strokes = this.strokes;
    this.overlayChanged();
    this.draw();
    const edit = { task: this.task.id, id, runs: this.raster.runs(), seconds: this.spentSeconds() };
    this.keep(edit);
    this.chain.push(edit.id);
    this.sendEdit(edit);
  }

  command(name, more = {}) {
    if (this.drawing || this.held) this.endStroke(); // a key was pressed before the hand was lifted
    if (this.points.length && this.points.length < 3) { // no outline yet: what was there before is not what was meant
      this.points = [];
      return;
    }
    this.settlePolygon();
    this.stay();
    if (LEAVING.includes(name)) this.leaving = setTimeout(() => this.stay(), 3000); // until another frame comes
    this.asked = newId();
    this.sendCommand({ name, task: this.task.id, seconds: this.spentSeconds(), id: this.asked, ...more });
  }

  stay() {
    clearTimeout(this.leaving);
    this.leaving = null;
  }

  /** The last stroke is kept here too, until the server is seen to have it: a full disk there loses nothing. */
  keep({ id, runs, seconds }) {
    const kept = JSON.stringify({ id, runs, seconds, chain: this.chain, at: Date.now() });
    for (const older of [true, false]) {
      try {
        return localStorage.setItem(this.task.place, kept);
      } catch { // no room, or storage is forbidden: then the server's draft is the one copy
        if (older) this.forget(this.keptLongest());
      }
    }
  }

  /** Of all strokes kept here the older half: of frames that were left without a word, perhaps weeks ago. */
  keptLongest() {
    try {
      const since = (place) => JSON.parse(localStorage.getItem(place))?.at ?? 0;
      const places = Object.keys(localStorage).filter((place) => place.startsWith(KEPT) && place !== this.task.place);
      return places.sort((one, other) => since(one) - since(other)).slice(0, Math.ceil(places.length / 2));
    } catch {
      return [];
    }
  }

  forget(places) {
    try {
      for (const place of places) localStorage.removeItem(place);
    } catch { /* storage is forbidden: nothing was kept */ }
  }

  restoreUnsaved() {
    const { place, known } = this.task;
    try {
      const kept = JSON.parse(localStorage.getItem(place) ?? "null");
      if (!kept) return;
      // The store has it, or holds something that it was not drawn upon, perhaps from another window: that counts.
      if (known.includes(kept.id) || !kept.chain.includes(this.chain[0])) return localStorage.removeItem(place);
      this.raster.bytes = Raster.fromRuns(kept.runs, this.raster.bytes.length);
      this.spent = kept.seconds;
      this.finished(kept.id);
    } catch { /* what cannot be read was not kept */ }
  }

  // --- undo --------------------------------------------------------------------------------------------------------

  state() {
    return { bytes: this.raster.bytes.slice(), corners: this.corners.map((corner) => ({ ...corner })) };
  }

  restore({ bytes, corners }) {
    this.raster.bytes = bytes;
    this.corners = corners;
  }

  remember() {
    this.past.push(this.state());
    if (this.past.length > UNDO_STEPS) this.past.shift();
    this.future = [];
  }

  step(from, to) {
    if (!from.length || this.drawing || this.held) return; // what is under way is finished first
    to.push(this.state());
    this.restore(from.pop());
    this.finished();
  }

  replace(bytes) {
    if (this.drawing || this.held) return;
    this.remember();
    this.restore({ bytes, corners: bytes.includes(1) ? this.task.corners.map(([x, y]) => ({ x, y })) : [] });
    this.points = [];
    this.finished();
  }

  // --- drawing on the screen -----------------------------------------------------------------------------------------

  overlayChanged() {
    const { width, height, bytes } = this.raster;
    this.outline = addLoops(new Path2D(), Raster.borders(bytes, width, height));
    this.glaze();
    this.root.querySelector("[data-do=undo]").disabled = !this.past.length;
    this.root.querySelector("[data-do=redo]").disabled = !this.future.length;
  }

  /** Lay glass over the inside; only there, as every move of the brush asks for it. */
  glaze() {
    const { width, height, bytes } = this.raster;
    this.glass ??= document.createElement("canvas");
    if (this.glass.width !== width || this.glass.height !== height) Object.assign(this.glass, { width, height });
    const glass = this.glass.getContext("2d");
    glass.clearRect(0, 0, width, height);
    const box = this.raster.box();
    if (!box) return;
    const pixels = new ImageData(box.right - box.left, box.bottom - box.top);
    const colours = new Uint32Array(pixels.data.buffer);
    for (let row = box.top; row < box.bottom; row += 1) {
      const here = bytes.subarray(row * width + box.left, row * width + box.right);
      here.forEach((value, at) => { if (value) colours[(row - box.top) * here.length + at] = GLASS; });
    }
    glass.putImageData(pixels, box.left, box.top);
  }

  get scale() {
    return (this.canvas.width / this.raster.width) * this.view.zoom;
  }

  draw() {
    if (!this.image || !this.raster) return;
    const { canvas, context } = this;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const scale = this.scale;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    context.setTransform(scale, 0, 0, scale, -this.view.left * scale, -this.view.top * scale);
    context.imageSmoothingEnabled = scale < 4;
    context.filter = `brightness(${settings.gain}) contrast(${settings.contrast})`;
    context.drawImage(this.image, 0, 0);
    context.filter = "none";
    if (!this.hidden) this.drawOutlines(ratio / scale);
    this.drawPointer(ratio / scale);
  }

  drawOutlines(pixel) {
    const { context } = this;
    context.imageSmoothingEnabled = false;
    context.drawImage(this.glass, 0, 0);
    if (settings.ghost) {
      context.setLineDash([4 * pixel, 4 * pixel]);
      this.line(this.ghost, GHOST, 1.25 * pixel);
      context.setLineDash([]);
    }
    this.line(this.outline, OUTLINE, 1.5 * pixel);
  }

  drawPointer(pixel) {
    const { context, pointer, points } = this;
    if (points.length) {
      const path = new Path2D();
      points.forEach(({ x, y }, number) => { path[number ? "lineTo" : "moveTo"](x, y); });
      if (pointer) path.lineTo(pointer.x, pointer.y);
      this.line(path, "#fff", 1.5 * pixel);
    }
    if (settings.tool === "vertex") this.drawCorners(pixel);
    if (!pointer) return;
    const circle = new Path2D();
    const radius = ["polygon", "point", "vertex"].includes(settings.tool) ? 3 * pixel : settings.size / 2;
    circle.arc(pointer.x, pointer.y, radius, 0, 2 * Math.PI);
    this.line(circle, "#000", 2.5 * pixel);
    this.line(circle, this.erasing() ? "#ff7b7b" : "#fff", 1.25 * pixel);
    context.setTransform(1, 0, 0, 1, 0, 0);
  }

  drawCorners(pixel) {
    const handles = new Path2D();
    for (const { x, y } of this.corners) handles.rect(x - 3 * pixel, y - 3 * pixel, 6 * pixel, 6 * pixel);
    this.context.fillStyle = "#fff";
    this.context.fill(handles);
    this.line(handles, "#000", pixel);
  }

  line(path, colour, width) {
    this.context.strokeStyle = colour;
    this.context.lineWidth = width;
    this.context.stroke(path);
  }

  // --- zoom ----------------------------------------------------------------------------------------------------------

  zoomBy(factor, at = { x: 0.5, y: 0.5 }) {
    const { width, height } = this.raster;
    const before = this.view.zoom;
    const zoom = Math.min(LARGEST_ZOOM, Math.max(1, before * factor));
    this.view.left += (width * at.x) / before - (width * at.x) / zoom;
    this.view.top += (height * at.y) / before - (height * at.y) / zoom;
    this.view.zoom = zoom;
    this.hold();
    return zoom !== before;
  }

  hold() {
    const { width, height } = this.raster;
    const { zoom } = this.view;
    this.view.left = Math.min(Math.max(0, this.view.left), width - width / zoom);
    this.view.top = Math.min(Math.max(0, this.view.top), height - height / zoom);
    this.draw();
  }

  zoomAll() {
    this.view = { zoom: 1, left: 0, top: 0 };
    this.draw();
  }

  zoomFit() {
    const box = this.raster.box();
    const { width, height } = this.raster;
    if (!box) return this.zoomAll();
    const share = Math.max((box.right - box.left) / width, (box.bottom - box.top) / height);
    const zoom = Math.min(6, Math.max(1, 0.45 / share));
    this.view = {
      zoom, left: (box.left + box.right - width / zoom) / 2, top: (box.top + box.bottom - height / zoom) / 2,
    };
    this.hold();
  }

  // --- time ----------------------------------------------------------------------------------------------------------

  touched() {
    this.spent = this.spentSeconds();
    this.active = performance.now();
  }

  spentSeconds() {
    return this.spent + Math.min(CLOCK_STOPS_AFTER_MS, performance.now() - this.active) / 1000;
  }

  tick() {
    if (this.task) this.root.querySelector(".clock").textContent = `Frame ${this.task.frame} · ${Math.round(this.spentSeconds())} s spent`;
  }

  destroy() {
    this.listening.abort();
    this.resizing.disconnect();
    clearInterval(this.ticking);
  }
}

/** 32 hexadecimal digits: the record that the stroke becomes bears this name, so that sending twice saves once. */
function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A reload opens the frame again; Back leaves the page all the same, for no step is added. */
function noteInAddress(frame) {
  const address = new URL(location.href);
  address.searchParams.set("frame", frame);
  history.replaceState(history.state, "", address);
}

/** [u32 length][JSON][PNG], as `pack` in Python writes it. */
function unpack(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  const task = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  return { task, picture: bytes.subarray(4 + length) };
}

export default function mount({ parentElement, data, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".nerve-editor");
  if (!editors.has(root)) editors.set(root, new Editor(root));
  const editor = editors.get(root);
  editor.sendEdit = (value) => setStateValue("edit", value);
  editor.sendCommand = (value) => setTriggerValue("command", value);
  editor.receive(unpack(data));
  return () => setTimeout(() => {
    if (root.isConnected || !editors.delete(root)) return;
    editor.destroy();
  });
}
