const POINTING = "nerve-pointing"; // the event by which the component `pointing` says that it asks for something else
const PROPOSED = "rgb(80, 220, 255)";
const BESIDE = "rgba(255, 255, 255, 0.75)";
const CROSS_CSS_PX = 7;

/** A point of the stage, given as fractions of its width and height, in source pixels. */
export function sourcePoint({ scene, zoom, left, top }, fractionX, fractionY) {
  const inside = (value, size) => Math.min(Math.max(value, 0), size - 0.01);
  return {
    x: inside(left + (fractionX * scene.width) / zoom, scene.width),
    y: inside(top + (fractionY * scene.height) / zoom, scene.height),
  };
}

/**
 * Clicks in the picture that say where the nerve is, and what is drawn beside the outline: the other nerves, the points
 * of the analysis, what is proposed for the click. Whether anybody asks for clicks, and what is proposed, comes from
 * the component `pointing`, so that a click costs the page no more than that.
 */
export class Pointing {
  constructor(player) {
    this.player = player;
    this.canvas = player.stage.canvas;
    this.listening = new AbortController();
    const listen = (target, name, handler) =>
      target.addEventListener(name, handler, { signal: this.listening.signal });
    listen(document, POINTING, () => this.use());
    listen(this.canvas, "pointerdown", (event) => { this.pressed = event.button === 0 ? event : null; });
    listen(this.canvas, "pointerup", (event) => this.released(event));
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
    this.player.redraw();
  }

  released(event) {
    const { pressed, player, asked } = this;
    this.pressed = null;
    if (!pressed || !asked?.on || player.shown === undefined) return;
    if (Math.hypot(event.clientX - pressed.clientX, event.clientY - pressed.clientY) > STILL_A_CLICK_PX) return;
    const box = this.canvas.getBoundingClientRect();
    const at = sourcePoint(player.stage, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    const frame = player.shown;
    if (player.playing) player.goTo(frame);
    this.clicked = { frame, ...at, click: Date.now() };
    player.redraw();
    asked.report(this.clicked);
  }

  draw(index, cssPixel) {
    const { scene, stage } = this.player;
    const pen = new Pen(stage.context, cssPixel);
    if (stage.mode !== "off") {
      for (const [label, contours] of scene.others) pen.line(contours[index], BESIDE, { label });
      for (const [frame, x, y] of scene.points) if (frame === index) pen.cross(x, y, AMBER);
    }
    const { on, proposal } = this.asked ?? {};
    if (!on) return;
    const shown = this.clicked ?? proposal;
    if (shown?.frame !== index) return;
    if (shown.parts) pen.line(shown.parts, PROPOSED, { wide: 2 });
    pen.cross(shown.x, shown.y, PROPOSED);
  }

  destroy() {
    this.listening.abort();
  }
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

  line(parts, colour, { wide = 1, label = "" }) {
    if (!parts.length) return;
    this.stroke(Stage.trace(parts), colour, wide);
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
