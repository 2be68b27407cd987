const MOST_SKIPPED = 5; // a browser that is busy leaves out pictures, a fifth of a second at most: they were played past

/** The frames that were on show with their outlines. */
export class Seen {
  constructor() {
    this.frames = new Set();
  }

  add(index, { playing = false } = {}) {
    const step = index - this.last;
    const from = playing && step > 0 && step <= MOST_SKIPPED ? this.last + 1 : index;
    for (let frame = from; frame <= index; frame += 1) this.frames.add(frame);
    this.last = index;
  }

  /** As [first, last], in order. */
  runs() {
    const runs = [];
    for (const frame of [...this.frames].sort((one, other) => one - other)) {
      if (runs.length && runs[runs.length - 1][1] === frame - 1) runs[runs.length - 1][1] = frame;
      else runs.push([frame, frame]);
    }
    return runs;
  }
}
