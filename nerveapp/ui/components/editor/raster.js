/** The mask being corrected, one byte a pixel of the source grid: exactly what is saved, whatever the display's size. */
export class Raster {
  constructor(width, height, runs) {
    Object.assign(this, { width, height });
    this.bytes = Raster.fromRuns(runs, width * height);
  }

  static fromRuns(runs, size) {
    const bytes = new Uint8Array(size);
    let at = 0;
    runs.forEach((length, number) => {
      if (number % 2) bytes.fill(1, at, at + length);
      at += length;
    });
    return bytes;
  }

  /** Lengths of the runs in row-major order, outside first. */
  runs() {
    const lengths = [];
    let value = 0;
    let from = 0;
    for (let at = 0; at <= this.bytes.length; at += 1) {
      if (at < this.bytes.length && this.bytes[at] === value) continue;
      lengths.push(at - from);
      from = at;
      value = 1 - value;
    }
    return lengths;
  }

  /** Set every pixel whose centre lies within a radius of the segment from a to b, in source pixels. */
  stroke(a, b, radius, value) {
    const [dx, dy] = [b.x - a.x, b.y - a.y];
    const length2 = dx * dx + dy * dy;
    const reach2 = radius * radius;
    const [left, right] = this.span(Math.min(a.x, b.x) - radius, Math.max(a.x, b.x) + radius, this.width);
    const [top, bottom] = this.span(Math.min(a.y, b.y) - radius, Math.max(a.y, b.y) + radius, this.height);
    for (let row = top; row <= bottom; row += 1) {
      for (let column = left; column <= right; column += 1) {
        const [px, py] = [column + 0.5 - a.x, row + 0.5 - a.y];
        const along = length2 ? Math.min(1, Math.max(0, (px * dx + py * dy) / length2)) : 0;
        const [ex, ey] = [px - along * dx, py - along * dy];
        if (ex * ex + ey * ey <= reach2) this.bytes[row * this.width + column] = value;
      }
    }
  }

  /** Fill what a stroke has closed in: a nerve has no holes. Holes that were there before stay. */
  fillClosedIn(before) {
    const box = this.box();
    if (!box) return;
    const now = this.outside(this.bytes, box);
    if (now.every((out, at) => out || this.bytes[this.place(at, box)])) return;
    const then = this.outside(before, box);
    now.forEach((out, at) => { if (!out && then[at]) this.bytes[this.place(at, box)] = 1; });
  }

  /** Where a pixel of a box lies in the frame. */
  place(at, { left, top, right }) {
    const across = right - left;
    return (top + Math.floor(at / across)) * this.width + left + (at % across);
  }

  /**
   * The pixels of a box from which its border is reached, sideways and up and down, without crossing the inside. The
   * box holds all that is inside, so that beyond its border there is no way back.
   */
  outside(bytes, box) {
    const [across, down] = [box.right - box.left, box.bottom - box.top];
    const reached = new Uint8Array(across * down);
    const waiting = [];
    const reach = (at) => {
      if (reached[at] || bytes[this.place(at, box)]) return;
      reached[at] = 1;
      waiting.push(at);
    };
    for (let column = 0; column < across; column += 1) [column, (down - 1) * across + column].forEach(reach);
    for (let row = 0; row < down; row += 1) [row * across, row * across + across - 1].forEach(reach);
    while (waiting.length) {
      const at = waiting.pop();
      const column = at % across;
      if (column) reach(at - 1);
      if (column < across - 1) reach(at + 1);
      if (at >= across) reach(at - across);
      if (at < reached.length - across) reach(at + across);
    }
    return reached;
  }

  span(low, high, size) {
    return [Math.max(0, Math.floor(low)), Math.min(size - 1, Math.ceil(high))];
  }

  /** Fill a polygon: every pixel whose centre lies inside it (even-odd rule). */
  filled(points) {
    const bytes = new Uint8Array(this.bytes.length);
    for (let row = 0; row < this.height; row += 1) {
      const y = row + 0.5;
      const crossings = [];
      points.forEach((from, number) => {
        const to = points[(number + 1) % points.length];
        if (from.y > y !== to.y > y) crossings.push(from.x + ((y - from.y) / (to.y - from.y)) * (to.x - from.x));
      });
      crossings.sort((one, other) => one - other);
      for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
        const first = Math.max(0, Math.ceil(crossings[pair] - 0.5));
        const last = Math.min(this.width - 1, Math.ceil(crossings[pair + 1] - 0.5) - 1);
        if (last >= first) bytes.fill(1, row * this.width + first, row * this.width + last + 1);
      }
    }
    return bytes;
  }

  /**
   * The borders between inside and outside, as closed loops of [x, y] corners along the pixels' borders, inside on the
   * right hand. Pixels that touch by a corner alone are apart.
   */
  static borders(bytes, width, height) {
    const inside = (column, row) =>
      column >= 0 && row >= 0 && column < width && row < height && bytes[row * width + column] === 1;
    const passed = new Set(); // upper edges that are on a loop already: every loop has one
    const loops = [];
    const [first, last] = Raster.rows(bytes, width);
    for (let row = first; row <= last; row += 1) {
      for (let column = 0; column < width; column += 1) {
        if (!inside(column, row) || inside(column, row - 1) || passed.has(row * width + column)) continue;
        loops.push(follow(inside, column, row, (x, y) => passed.add(y * width + x)));
      }
    }
    return loops;
  }

  /** The first and the last row with anything inside; the last is above the first if there is none. */
  static rows(bytes, width) {
    const [first, last] = [bytes.indexOf(1), bytes.lastIndexOf(1)];
    return first < 0 ? [0, -1] : [Math.floor(first / width), Math.floor(last / width)];
  }

  box() {
    const [top, last] = Raster.rows(this.bytes, this.width);
    if (last < top) return null;
    let [left, right] = [this.width, -1];
    for (let row = top; row <= last; row += 1) {
      const pixels = this.bytes.subarray(row * this.width, (row + 1) * this.width);
      const column = pixels.indexOf(1);
      if (column < 0) continue;
      left = Math.min(left, column);
      right = Math.max(right, pixels.lastIndexOf(1));
    }
    return { left, top, right: right + 1, bottom: last + 1 };
  }
}

/** The corners of the loop whose first edge is the upper one of a pixel. */
function follow(inside, column, row, passUpperEdge) {
  const corners = [];
  let [x, y, dx, dy] = [column, row, 1, 0];
  do {
    corners.push([x, y]);
    let [right, left] = [true, false]; // whether the pixels ahead on either hand are inside
    while (right && !left) {
      if (dx === 1) passUpperEdge(x, y);
      [x, y] = [x + dx, y + dy];
      right = inside(x + (dx - dy - 1) / 2, y + (dx + dy - 1) / 2);
      left = inside(x + (dx + dy - 1) / 2, y + (dy - dx - 1) / 2);
    }
    [dx, dy] = right ? [dy, -dx] : [-dy, dx];
  } while (x !== column || y !== row || dx !== 1);
  return corners;
}

/** Add closed loops to a path: one subpath each, so that a dashed line is dashed all along it. */
export function addLoops(path, loops) {
  for (const loop of loops) {
    loop.forEach(([x, y], number) => { path[number ? "lineTo" : "moveTo"](x, y); });
    path.closePath();
  }
  return path;
}
