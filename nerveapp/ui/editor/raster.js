/** The mask being corrected, one byte a pixel of the source grid: exactly what is saved, whatever the display's size. */
class Raster {
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

  /** Edges between inside and outside, as a path along the pixels' borders. */
  static edges(bytes, width, height) {
    const path = new Path2D();
    const inside = (row, column) =>
      row >= 0 && column >= 0 && row < height && column < width && bytes[row * width + column];
    for (let row = 0; row <= height; row += 1) {
      for (let column = 0; column <= width; column += 1) {
        const here = inside(row, column);
        if (here !== inside(row - 1, column)) { path.moveTo(column, row); path.lineTo(column + 1, row); }
        if (here !== inside(row, column - 1)) { path.moveTo(column, row); path.lineTo(column, row + 1); }
      }
    }
    return path;
  }

  box() {
    let [left, top, right, bottom] = [this.width, this.height, -1, -1];
    this.bytes.forEach((value, at) => {
      if (!value) return;
      const [row, column] = [Math.floor(at / this.width), at % this.width];
      left = Math.min(left, column); right = Math.max(right, column);
      top = Math.min(top, row); bottom = Math.max(bottom, row);
    });
    return right < 0 ? null : { left, top, right: right + 1, bottom: bottom + 1 };
  }
}
