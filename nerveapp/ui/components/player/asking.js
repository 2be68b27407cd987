/**
 * Asks the server what lies at points of the picture: one question at a time, and of those that wait the newest next.
 * A preview waits behind a click, and is worth nothing any more once the next question was asked.
 */
export class Asking {
  constructor(answered, get = (url) => fetch(url)) {
    Object.assign(this, { answered, get });
  }

  /** Ask at a path about a frame's x and y, and of a box width and height; without a path nobody is asked. */
  ask(path, { frame, x, y, width, height }, preview = false) {
    if (!path || path === this.closed || (preview && this.next && !this.next.preview)) return;
    const box = width ? { width, height } : {};
    const query = new URLSearchParams({ frame, x, y, ...box, ...(preview ? { preview: 1 } : {}) });
    this.next = { at: { frame, x, y, ...box }, preview, path, url: `${path}?${query}` };
    this.busy ??= this.go();
  }

  /** Wait for no preview any more. */
  forget() {
    if (this.next?.preview) this.next = null;
    if (this.now?.preview) this.now = null;
  }

  async go() {
    while (this.next) {
      const question = this.next;
      [this.now, this.next] = [question, null];
      const found = await this.found(question);
      if (found && this.now === question) this.answered(question.at, found, question.preview);
    }
    this.busy = null;
  }

  /** The outlines that may be meant, none where there is no nerve, and which is; null where the server does not say. */
  async found({ path, url }) {
    try {
      const response = await this.get(url);
      if (response.ok) return await response.json();
      if (response.status === 404) this.closed = path;
    } catch { /* the connection is lost: the page says so */ }
    return null;
  }
}
