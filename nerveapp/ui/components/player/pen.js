const CROSS_CSS_PX = 7;

/** Draws in source pixels, as thick as so many pixels of the screen. */
export class Pen {
  constructor(context, cssPixel) {
    Object.assign(this, { context, cssPixel });
  }

  /** A line on a darker one, which is whole where the line is dashed: so it is seen on bright tissue. */
  stroke(path, colour, wide, dashed = false) {
    for (const [width, style, dash] of [[wide + 1.5, HALO, []], [wide, colour, dashed ? [5, 4] : []]]) {
      this.context.lineWidth = width * this.cssPixel;
      this.context.strokeStyle = style;
      this.context.setLineDash(dash.map((length) => length * this.cssPixel));
      this.context.stroke(path);
    }
    this.context.setLineDash([]);
  }

  line(parts, colour, { wide = 1, label = "", dashed = false }) {
    if (!parts.length) return;
    this.stroke(Stage.trace(parts), colour, wide, dashed);
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
    this.stroke(path, colour, 1, true);
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
