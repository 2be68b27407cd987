const REPORT_AFTER_MS = 250;
const PICTURE_OVERDUE_MS = 150;
const EARLY_PICTURE_MS = 125; // while outlines are made, the machine has better things to do than to draw each frame
const ROUNDING = 0.1; // of a frame: the container's clock may put a frame a little before its time
const CANNOT_PLAY =
  "This browser cannot play the clip's preview (H.264 video).\n" +
  "Open the page in a current Chrome, Edge, Firefox or Safari. The measurements are not affected.";
const remembered = new Map(); // what the user had set, by the player's key: for when Streamlit mounts it anew

export class Player {
  constructor(root) {
    this.root = root;
    this.video = root.querySelector("video");
    this.stage = new Stage(root.querySelector("canvas"), this.video);
    this.curve = new Curve((seconds) => this.pick(seconds));
    this.controls = new Controls(this);
    this.controls.enable(false, false); // there is nothing to play before its video has come
    Object.assign(this, { speed: 1, loop: false, look: "outline", lastLook: "outline" });
    this.playing = this.scrubbing = this.loaded = false;
    this.video.onloadeddata = () => this.opened();
    this.video.onseeked = () => this.seeked();
    this.video.onended = () => this.ended();
    this.video.onerror = () => this.fail(CANNOT_PLAY);
    this.resizing = new ResizeObserver(() => this.redraw());
    this.resizing.observe(this.stage.canvas);
  }

  get count() { return this.scene.times_s.length; }

  // --- data from Python -------------------------------------------------------------------------------------------

  receive({ scene, video }) {
    const other = scene.clip !== this.scene?.clip;
    if (other && video.length) this.load(scene, video);
    // This player is new, and has no video yet. When it says so tells one such report from the one before.
    else if (other) this.report({ clip: "", index: scene.start, at: performance.now() });
    else if (scene.id !== this.scene.id) this.useScene(scene); // outlines were corrected: stay at the frame
  }

  load(scene, video) {
    this.pause();
    this.shown = this.sought = undefined;
    this.loaded = this.seeking = false;
    this.useScene(scene);
    this.recall();
    Object.assign(this.root.dataset, { ready: "false", frame: "" });
    this.fail(null);
    URL.revokeObjectURL(this.video.src);
    this.video.src = URL.createObjectURL(new Blob([video], { type: "video/mp4" }));
  }

  useScene(scene) {
    const done = this.scene?.clip === scene.clip && this.scene.early && !scene.early;
    const native = this.pace?.native;
    if (scene.outlines !== this.scene?.outlines) Object.assign(this, { seen: new Seen(), told: 0 });
    this.scene = scene;
    this.stage.use(scene);
    this.curve.use(scene.chart_key);
    this.pace = pacing(scene);
    this.root.dataset.early = scene.early;
    this.root.dataset.outlined = scene.contours.filter((parts) => parts.length).length;
    this.flagged = scene.flags.flatMap((words, index) => (words ? [index] : []));
    this.controls.use(this);
    this.enable();
    if (this.shown !== undefined) this.refresh();
    if (this.playing) this.keepPlaying(native, done);
  }

  /** Go on at the pace of a scene that knows more times than the one before, or come to rest at that of the result. */
  keepPlaying(native, done) {
    if (!done && native && this.pace.native) return this.setPace();
    this.pause();
    if (done) this.show(this.scene.start);
    else this.play();
  }

  /** Start where Python asks, unless the user was already elsewhere in this clip when the player was last mounted. */
  recall() {
    const { player, clip, start } = this.scene;
    const before = remembered.get(player);
    if (before) this.set(before.settings);
    const samePlace = before?.clip === clip && before?.start === start;
    this.target = samePlace ? between(0, before.frame, this.count - 1) : start;
    this.reported = start;
  }

  remember() {
    if (!this.scene) return; // its video has not come: it goes as it came
    const { player, clip, start } = this.scene;
    const { speed, loop, look, target } = this;
    remembered.set(player, { clip, start, frame: target, settings: { speed, loop, look } });
  }

  // --- the frame on show ------------------------------------------------------------------------------------------

  opened() {
    if (!this.video.videoWidth) return this.fail(CANNOT_PLAY);
    this.loaded = true;
    this.stage.clear();
    this.watch();
    this.seek();
    if (!this.scene.early) return this.reportSoon();
    this.reported = this.target;
    this.report({ clip: this.scene.clip, index: this.target }); // so that its video is not sent again and again
    this.play();
  }

  /** Ask for a frame; the last one asked for wins when the video cannot keep up. */
  show(index) {
    this.target = between(0, index, this.count - 1);
    this.seek();
  }

  seek() {
    if (!this.loaded || this.seeking || this.shown === this.target) return;
    this.seeking = true;
    this.sought = this.target;
    // The middle of the frame's time: its borders are rounded differently from browser to browser.
    this.video.currentTime = (this.target + 0.5) / this.scene.video_frame_rate;
  }

  seeked() {
    if (!this.seeking) return;
    // Without a time of its own the picture may still be the old one: the frame callback tells when it is not.
    if (Stage.timesItsFrames || !this.video.requestVideoFrameCallback) this.present();
    if (!this.seeking) return;
    clearTimeout(this.overdue);
    this.overdue = setTimeout(() => this.arrived(), PICTURE_OVERDUE_MS);
  }

  arrived() {
    if (!this.loaded || !this.seeking) return;
    clearTimeout(this.overdue);
    this.seeking = false;
    if (this.shown !== this.sought) this.present();
    if (this.sought !== this.target) this.seek();
  }

  /** Call `present` for every picture the browser puts on show. */
  watch() {
    if (!this.video.requestVideoFrameCallback) return;
    this.video.cancelVideoFrameCallback(this.callback);
    this.callback = this.video.requestVideoFrameCallback((_now, { mediaTime }) => {
      this.watch();
      if (this.loaded) this.present(mediaTime);
    });
  }

  present(mediaTime) {
    const now = performance.now();
    if (this.scene.early && this.playing && !this.seeking && now < this.drawnAt + EARLY_PICTURE_MS) return;
    this.drawnAt = now;
    const position = this.stage.grab(mediaTime) * this.scene.video_frame_rate;
    this.shown = between(0, Math.floor(position + ROUNDING), this.count - 1);
    if (this.playing && this.pace.native) this.target = this.shown;
    this.refresh();
    this.root.dataset.ready = "true";
    if (this.shown === this.sought) this.arrived();
  }

  refresh() {
    this.stage.draw(this.shown);
    if (this.scene.outlines && this.look !== "off") this.seen.add(this.shown, this);
    this.curve.moveTo(this.scene.times_s[this.shown]);
    this.root.dataset.frame = this.shown;
    this.controls.showFrame(this);
  }

  redraw() {
    if (this.shown !== undefined) this.stage.draw(this.shown);
  }

  // --- playing ----------------------------------------------------------------------------------------------------

  play() {
    if (!this.loaded || this.count < 2) return;
    if (this.target === this.count - 1) this.show(0);
    this.setPlaying(true);
    if (this.pace.native) this.playVideo();
    else this.startClock();
  }

  playVideo() {
    this.video.loop = this.loop || this.scene.early;
    this.setPace();
    this.video.play().catch(() => { if (!this.video.error) this.pause(); });
    if (!this.video.requestVideoFrameCallback) this.pollPictures();
  }

  setPace() {
    this.video.playbackRate = this.speed * this.pace.rate;
  }

  pollPictures() {
    if (!this.playing) return;
    this.present();
    requestAnimationFrame(() => this.pollPictures());
  }

  /** Frames at uneven times: our own clock picks the frame, and the video is sought, not played. */
  startClock() {
    this.clock = { from: this.scene.times_s[this.target], began: performance.now() };
    cancelAnimationFrame(this.ticking);
    this.ticking = requestAnimationFrame(() => this.tick());
  }

  tick() {
    if (!this.playing) return;
    const elapsed = ((performance.now() - this.clock.began) / 1000) * this.speed;
    this.show(latest(this.scene.times_s, this.clock.from + elapsed));
    this.ticking = requestAnimationFrame(() => this.tick());
    if (this.shown === this.count - 1 && !this.seeking) this.ended();
  }

  ended() {
    if (!this.playing) return;
    if (!this.loop && !this.scene.early) return this.pause();
    this.show(0);
    this.play();
  }

  pause() {
    if (!this.playing) return;
    this.setPlaying(false);
    this.video.pause();
    if (this.pace.native) {
      // The video may have run on since the last picture: go back to the middle of the frame that is on show.
      this.target = this.shown;
      this.shown = undefined;
      this.seek();
    }
    this.reportSoon();
  }

  setPlaying(playing) {
    this.playing = playing;
    this.controls.showPlaying(playing);
  }

  // --- what the user does -----------------------------------------------------------------------------------------

  /** Stop at a frame and tell the server. */
  goTo(index) {
    this.pause();
    this.show(index);
    this.reportSoon();
  }

  pick(seconds) {
    this.goTo(nearest(this.scene.times_s, seconds));
  }

  goToFlag(step) {
    const ahead = this.flagged.filter((index) => (index - this.target) * step > 0);
    if (ahead.length) this.goTo(step > 0 ? ahead[0] : ahead[ahead.length - 1]);
  }

  set(values) {
    Object.assign(this, values);
    if (this.look !== "off") this.lastLook = this.look;
    this.stage.mode = this.look;
    this.controls.showSettings(this);
    if (this.playing) this.play(); // takes up the new speed where it is
    this.redraw();
  }

  zoom(change) {
    change(this.stage);
    this.redraw();
  }

  // --- the rest ---------------------------------------------------------------------------------------------------
  /** Tell Python where the user has come to rest: each report runs the script, so not while anything still moves. */
  reportSoon() {
    this.remember();
    clearTimeout(this.reporting);
    this.reporting = setTimeout(() => {
      const seen = this.seen.frames.size;
      if (this.playing || this.scrubbing || (this.reported === this.target && this.told === seen)) return;
      Object.assign(this, { reported: this.target, told: seen });
      const { clip, outlines } = this.scene;
      this.report({ clip, index: this.target, ...(outlines && { outlines, seen: this.seen.runs() }) });
    }, REPORT_AFTER_MS);
  }

  fail(message) {
    const place = this.root.querySelector(".message");
    place.hidden = !message;
    place.textContent = message ?? "";
    this.root.dataset.error = message ? "true" : "false";
    this.loaded = false;
    this.enable();
  }

  enable() {
    this.controls.enable(this.root.dataset.error !== "true", this.flagged.length > 0);
  }

  destroy() {
    this.remember();
    this.playing = this.loaded = false;
    this.controls.destroy();
    this.resizing.disconnect();
    clearTimeout(this.reporting);
    clearTimeout(this.overdue);
    this.curve.destroy();
    URL.revokeObjectURL(this.video.src);
    this.video.removeAttribute("src");
    this.video.load();
  }
}
