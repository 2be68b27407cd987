const CLICK_PX = 4; // on the screen: a press that moves less is a click
const GRAB_PX = 10;

/** The hand on a ruler: presses, moves and releases become a line [x1, y1, x2, y2], px of the frame. */
export class Measuring {
  /** `grab` and `click` are in px of the frame. */
  constructor({ line = null, grab = GRAB_PX, click = CLICK_PX } = {}) {
    Object.assign(this, { line, grab, click, first: null, down: null, fixed: null, draft: null });
  }

  /** Begin a drag, or move an end of the line that lies under the hand. */
  press(x, y) {
    const end = this.first ? null : this.endNear(x, y);
    this.down = [x, y];
    this.fixed = end === null ? (this.first ?? [x, y]) : this.line.slice(end === 0 ? 2 : 0).slice(0, 2);
    this.draft = [...this.fixed, x, y];
  }

  move(x, y) {
    if (this.down) this.draft = [...this.fixed, x, y];
    else if (this.first) this.draft = [...this.first, x, y];
  }

  /** End a press; gives the line where one is complete now, else null. */
  release(x, y) {
    if (!this.down) return null;
    const [pressedX, pressedY] = this.down;
    const clicked = Math.hypot(x - pressedX, y - pressedY) < this.click;
    const startsHere = !this.first && this.fixed[0] === pressedX && this.fixed[1] === pressedY;
    this.down = null;
    if (clicked && startsHere) {
      this.first = [x, y];
      this.draft = [x, y, x, y];
      return null;
    }
    this.line = [...this.fixed, x, y];
    this.first = this.draft = null;
    return this.line;
  }

  /** Forget a line half drawn. */
  cancel() {
    this.first = this.down = this.draft = null;
  }

  endNear(x, y) {
    if (!this.line) return null;
    const [x1, y1, x2, y2] = this.line;
    const gaps = [Math.hypot(x - x1, y - y1), Math.hypot(x - x2, y - y2)];
    const nearest = gaps[0] <= gaps[1] ? 0 : 1;
    return gaps[nearest] <= this.grab ? nearest : null;
  }

  get shown() {
    return this.draft ?? this.line;
  }
}
