const POINTING = "nerve-pointing"; // the event by which the component `pointing` says that it asks for something else
const PROPOSED = "rgb(80, 220, 255)";
const BESIDE = "rgba(255, 255, 255, 0.75)";
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
    this.asking = new Asking((at, found, preview) => this.answered(at, found, preview));
    this.sizes = player.root.querySelector(".sizes");
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
    dataset.proposed = on && proposal?.outlines.length ? proposal.frame : "";
    if (!on || proposal?.click === this.clicked?.click) this.clicked = null;
    if (!on) this.unsee();
    this.player.redraw();
  }

  /** Draw what the server tells of the click, before the page does, or of where the pointer is. */
  answered(at, found, preview) {
    const { dataset } = this.player.root;
    const shown = found.outlines.length ? at.frame : "";
    if (preview) {
      this.seen = { ...at, ...found };
      dataset.previewed = shown;
    } else if (at.frame === this.clicked?.frame && at.x === this.clicked.x && at.y === this.clicked.y) {
      Object.assign(this.clicked, found);
      dataset.proposed = shown;
    }
    this.player.redraw();
  }

  /** What was clicked, or its answer, where it is of the frame on show. */
  get chosen() {
    const chosen = this.asked?.on ? this.clicked ?? this.asked.proposal : null;
    return chosen?.frame === this.player.shown ? chosen : null;
  }

  /** Take the outline so many sizes larger to be meant. */
  choose(step) {
    const { chosen } = this;
    if (!chosen?.outlines?.length) return;
    const meant = between(0, chosen.meant + step, chosen.outlines.length - 1);
    if (meant === chosen.meant) return;
    this.clicked = { ...chosen, meant, area: chosen.outlines[meant].area, click: Date.now() };
    this.unsee();
    this.player.redraw();
    this.report(); // at once: the next thing pressed may be Follow
  }

  /** Tell the page what is clicked. */
  report() {
    const { click, frame, x, y, width, height, area } = this.clicked ?? {};
    if (click) this.asked?.report({ click, frame, x, y, width, height, area });
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
    this.report();
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
    this.offerSizes();
    if (!this.asked?.on) return;
    if (this.seen?.frame === index) pen.line(meantIn(this.seen), PROPOSED, { wide: 2, dashed: true });
    const shown = this.box?.frame === index ? this.box : this.chosen;
    if (!shown) return;
    pen.line(meantIn(shown), PROPOSED, { wide: 2 });
    if (shown.width) pen.box(shown, PROPOSED);
    else pen.cross(shown.x, shown.y, PROPOSED);
  }

  /** Offer smaller and larger outlines, where a click may mean them. */
  offerSizes() {
    const { outlines = [], meant } = this.chosen ?? {};
    this.sizes.hidden = outlines.length < 2;
    if (this.sizes.hidden) return;
    this.player.root.dataset.size = meant;
    this.sizes.querySelector("span").textContent = `Size ${meant + 1} of ${outlines.length}`;
    // A button that were disabled while it has the focus would lose it to the page, whose space bar plays the clip.
    this.sizes.querySelector("[data-do=smaller]").ariaDisabled = meant === 0;
    this.sizes.querySelector("[data-do=larger]").ariaDisabled = meant === outlines.length - 1;
  }

  destroy() {
    this.listening.abort();
  }
}

function meantIn({ outlines, meant }) {
  return outlines?.[meant]?.parts ?? [];
}

function isDrag(pressed, { clientX, clientY }) {
  return Math.hypot(clientX - pressed.clientX, clientY - pressed.clientY) > STILL_A_CLICK_PX;
}
