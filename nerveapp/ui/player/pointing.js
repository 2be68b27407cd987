const POINTING = "nerve-pointing"; // the event by which the component `pointing` says that it asks for something else
const PROPOSED = "rgb(80, 220, 255)";
const BESIDE = "rgba(255, 255, 255, 0.75)";
const CROSS_CSS_PX = 7;
const LEAST_BOX_CSS_PX = 6;
const NEAR_CSS_PX = 4;

/** A point of the stage, given as fractions of its width and height, in source pixels. */
export function sourcePoint({ scene, zoom, left, top }, fractionX, fractionY) {
  const inside = (value, size) => Math.min(Math.max(value, 0), size - 0.01);
  return {
    x: inside(left + (fractionX * scene.width) / zoom, scene.width),
    y: inside(top + (fractionY * scene.height) / zoom, scene.height),
  };
}

/** The box between two points: its middle, width and height. */
export function boxBetween(one, other) {
  return {
    x: (one.x + other.x) / 2, y: (one.y + other.y) / 2,
    width: Math.abs(one.x - other.x), height: Math.abs(one.y - other.y),
  };
}

/** The label of the nerve, of those beside the one measured, in or at whose outline a point lies. */
export function nerveAt(others, index, { x, y }, near = 0) {
  const hit = others.find(([, contours]) => contours[index].some((part) => isIn(part, x - 0.5, y - 0.5, near)));
  return hit ? hit[0] : "";
}

function isIn(part, x, y, near) {
  let inside = false;
  for (let at = 0, before = part.length - 2; at < part.length; before = at, at += 2) {
    const [x1, y1, x2, y2] = [part[before], part[before + 1], part[at], part[at + 1]];
    if (y1 > y !== y2 > y && x < x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)) inside = !inside;
    if (Math.hypot(x - x2, y - y2) <= near) return true;
  }
  return inside;
}

/**
 * Clicks and boxes in the picture that say where the nerve is, clicks that choose the nerve to be measured, and what is
 * drawn beside the outline: the other nerves, the points of the analysis, what is proposed. Whether anybody asks for
 * clicks, and what is proposed, comes from the component `pointing`, so that a click costs the page no more than that.
 */
export class Pointing {
  constructor(player) {
    this.player = player;
    this.canvas = player.stage.canvas;
    this.asking = new Asking((at, parts, preview) => this.answered(at, parts, preview));
    this.listening = new AbortController();
    const listen = (target, name, handler) =>
      target.addEventListener(name, handler, { signal: this.listening.signal });
    listen(document, POINTING, () => this.use());
    listen(this.canvas, "pointerdown", (event) => this.pressedAt(event));
    listen(this.canvas, "pointermove", (event) => this.moved(event));
    listen(this.canvas, "pointerup", (event) => this.released(event));
    listen(this.canvas, "pointercancel", () => { this.pressed = this.box = null; });
    listen(this.canvas, "pointerleave", () => { this.hover(""); this.unsee(); });
    player.stage.beside = (index, cssPixel) => this.draw(index, cssPixel);
  }

  get asked() { return window.nervePointing?.get(this.player.scene?.player); }

  /** Take up what is asked for now; a click that got its answer is no longer waited for. */
  use() {
    const { on = false, proposal } = this.asked ?? {};
    this.canvas.classList.toggle("pointing", on);
    const { dataset } = this.player.root;
    Object.assign(dataset, { pointing: on, answered: proposal?.click ?? "" });
    dataset.proposed = on && proposal?.parts.length ? proposal.frame : "";
    if (!on || proposal?.click === this.clicked?.click) this.clicked = null;
    if (!on) this.unsee();
    this.player.redraw();
  }

  /** Draw what the server tells of the click, before the page does, or of where the pointer is. */
  answered(at, parts, preview) {
    const { dataset } = this.player.root;
    if (preview) {
      this.seen = { ...at, parts };
      dataset.previewed = parts.length ? at.frame : "";
    } else if (at.frame === this.clicked?.frame && at.x === this.clicked.x && at.y === this.clicked.y) {
      this.clicked.parts = parts;
      dataset.proposed = parts.length ? at.frame : "";
    }
    this.player.redraw();
  }

  /** Show no preview any more. */
  unsee() {
    this.asking.forget();
    if (!this.seen) return;
    this.seen = null;
    this.player.root.dataset.previewed = "";
    this.player.redraw();
  }

  /** Show what a click would outline where the pointer is, unless it rests where it clicked. */
  foresee(event) {
    const { player, asked } = this;
    const still = !player.playing && player.shown !== undefined;
    if (!still || event.buttons || event.pointerType === "touch") return this.unsee();
    if (this.rest && !isDrag(this.rest, event)) return;
    this.rest = null;
    this.asking.ask(asked.askedAt, { frame: player.shown, ...this.at(event) }, true);
  }

  /** Whether a drag draws a box; with Shift it moves a zoomed picture as it always does. */
  draws(event) { return Boolean(this.asked?.on) && event.button === 0 && !event.shiftKey; }

  pressedAt(event) {
    this.pressed = event.button === 0 && !event.shiftKey ? event : null;
    if (this.draws(event)) this.canvas.setPointerCapture(event.pointerId); // a box may end beyond the picture
  }

  moved(event) {
    const { pressed, player } = this;
    if (!pressed && this.asked?.on) return this.foresee(event);
    if (!pressed) return this.hover(event.buttons ? "" : this.choosable(event));
    if (!this.asked?.on || player.shown === undefined || !isDrag(pressed, event)) return;
    if (player.playing) player.goTo(player.shown);
    this.unsee();
    this.box = { frame: player.shown, ...boxBetween(this.at(pressed), this.at(event)) };
    player.redraw();
  }

  released(event) {
    const { pressed, player, asked, box } = this;
    this.pressed = this.box = null;
    this.rest = event;
    if (!pressed || !asked || player.shown === undefined) return;
    const frame = player.shown;
    if (!isDrag(pressed, event)) {
      if (asked.on) this.point({ frame, ...this.at(event) });
      else if (this.choosable(event)) asked.choose({ nerve: this.choosable(event), click: Date.now() });
    } else if (asked.on && box?.frame === frame) {
      const sides = [event.clientX - pressed.clientX, event.clientY - pressed.clientY].map(Math.abs);
      if (Math.min(...sides) >= LEAST_BOX_CSS_PX) this.point(box);
      else player.redraw();
    }
  }

  /** Report where the nerve is: its frame, x and y, and of a box width and height too. */
  point(at) {
    const { player, asked } = this;
    if (player.playing) player.goTo(at.frame);
    this.clicked = { ...at, click: Date.now() };
    this.unsee();
    player.redraw();
    this.asking.ask(asked.askedAt, at);
    asked.report({ ...this.clicked });
  }

  at({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    return sourcePoint(this.player.stage, (clientX - box.left) / box.width, (clientY - box.top) / box.height);
  }

  /** The label of another nerve under the pointer, where a click would choose it. */
  choosable(event) {
    const { player, asked } = this;
    if (!asked?.choosable || asked.on || player.stage.mode === "off" || player.shown === undefined) return "";
    const sourcePixel = player.scene.width / player.stage.zoom / this.canvas.clientWidth;
    return nerveAt(player.scene.others, player.shown, this.at(event), NEAR_CSS_PX * sourcePixel);
  }

  hover(label) {
    if (label === (this.over ?? "")) return;
    this.over = label;
    this.canvas.title = label ? `Click to measure nerve ${label}` : "";
    this.canvas.classList.toggle("choosable", Boolean(label));
    this.player.redraw();
  }

  draw(index, cssPixel) {
    const { scene, stage } = this.player;
    const pen = new Pen(stage.context, cssPixel);
    if (stage.mode !== "off") {
      for (const [label, contours] of scene.others) {
        pen.line(contours[index], BESIDE, { label, wide: label === this.over ? 2.5 : 1 });
      }
      for (const [frame, x, y] of scene.points) if (frame === index) pen.cross(x, y, AMBER);
    }
    const { on, proposal } = this.asked ?? {};
    if (!on) return;
    if (this.seen?.frame === index) pen.line(this.seen.parts, PROPOSED, { dashed: true });
    const shown = this.box ?? this.clicked ?? proposal;
    if (shown?.frame !== index) return;
    if (shown.parts) pen.line(shown.parts, PROPOSED, { wide: 2 });
    if (shown.width) pen.box(shown, PROPOSED);
    else pen.cross(shown.x, shown.y, PROPOSED);
  }

  destroy() {
    this.listening.abort();
  }
}

function isDrag(pressed, { clientX, clientY }) {
  return Math.hypot(clientX - pressed.clientX, clientY - pressed.clientY) > STILL_A_CLICK_PX;
}

/** Draws in source pixels, as thick as so many pixels of the screen. */
class Pen {
  constructor(context, cssPixel) {
    Object.assign(this, { context, cssPixel });
  }

  stroke(path, colour, wide) {
    for (const [width, style] of [[wide + 1.5, HALO], [wide, colour]]) {
      this.context.lineWidth = width * this.cssPixel;
      this.context.strokeStyle = style;
      this.context.stroke(path);
    }
  }

  line(parts, colour, { wide = 1, label = "", dashed = false }) {
    if (!parts.length) return;
    if (dashed) this.dash();
    this.stroke(Stage.trace(parts), colour, wide);
    this.context.setLineDash([]);
    if (label) this.write(label, parts[0], colour);
  }

  /** Write at the right of a part's highest point. */
  write(label, part, colour) {
    let at = 0;
    for (let next = 2; next < part.length; next += 2) if (part[next + 1] < part[at + 1]) at = next;
    const { context, cssPixel } = this;
    context.font = `600 ${13 * cssPixel}px sans-serif`;
    context.lineWidth = 3 * cssPixel;
    context.strokeStyle = HALO;
    context.fillStyle = colour;
    const place = [part[at] + 4 * cssPixel, part[at + 1] - 4 * cssPixel];
    context.strokeText(label, ...place);
    context.fillText(label, ...place);
  }

  box({ x, y, width, height }, colour) {
    const path = new Path2D();
    path.rect(x - width / 2, y - height / 2, width, height);
    this.dash();
    this.stroke(path, colour, 1);
    this.context.setLineDash([]);
  }

  dash() {
    this.context.setLineDash([5 * this.cssPixel, 4 * this.cssPixel]);
  }

  cross(x, y, colour) {
    const arm = CROSS_CSS_PX * this.cssPixel;
    const path = new Path2D();
    for (const [dx, dy] of [[arm, 0], [0, arm]]) {
      path.moveTo(x - dx, y - dy);
      path.lineTo(x + dx, y + dy);
    }
    this.stroke(path, colour, 1.5);
  }
}
