export const AMBER = "rgb(255, 176, 0)";
const AMBER_GLASS = "rgba(255, 176, 0, 0.3)";
export const HALO = "rgba(0, 0, 0, 0.7)";
const LINE_CSS_PX = 2;
const HALO_CSS_PX = 4;
const LARGEST_ZOOM = 16;

export const between = (low, value, high) => Math.min(Math.max(value, low), high);

/**
 * Picture and outline in ONE canvas. A canvas laid over a playing video is composited apart from it and can lag by a
 * frame; here both reach the screen together or not at all.
 */
export class Stage {
  constructor(canvas, video) {
    this.canvas = canvas;
    this.video = video;
    this.context = canvas.getContext("2d");
    this.picture = document.createElement("canvas"); // the frame on show, kept: the video may be seeking already
    this.paths = new Map();
    this.mode = "outline";
    this.showAll();
  }

  /** Take a scene; the frame on show stays until the next `grab`. */
  use(scene) {
    this.scene = scene;
    this.paths.clear();
    this.canvas.parentElement.style.setProperty("--aspect", scene.width / scene.height);
  }

  /** Forget the picture of another clip. */
  clear() {
    this.picture.width = this.video.videoWidth;
    this.picture.height = this.video.videoHeight;
    this.showAll();
  }

  /**
   * Copy the video's current picture, and say when in the video it belongs, in seconds.
   *
   * A VideoFrame carries its own time, so copy and time cannot be of two frames; without it the browser's word is
   * taken (`mediaTime` of the frame callback, or the position sought).
   */
  grab(mediaTime) {
    const frame = this.freeze();
    this.picture.getContext("2d").drawImage(frame ?? this.video, 0, 0, this.picture.width, this.picture.height);
    const ownTime = frame && frame.timestamp / 1e6;
    frame?.close();
    const atRest = this.video.paused && !this.video.seeking;
    if (frame && atRest && Math.abs(ownTime - mediaTime) * this.scene.video_frame_rate > 1) {
      Stage.timesItsFrames = false; // a browser that stamps its frames with something else
    }
    return Stage.timesItsFrames ? ownTime : mediaTime ?? this.video.currentTime;
  }

  freeze() {
    if (!Stage.timesItsFrames) return null;
    try {
      return new VideoFrame(this.video);
    } catch {
      Stage.timesItsFrames = false;
      return null;
    }
  }

  draw(index) {
    const { context, scene, picture, zoom } = this;
    this.fit();
    const scale = (this.canvas.width / scene.width) * zoom;
    context.setTransform(scale, 0, 0, scale, -this.left * scale, -this.top * scale);
    const [width, height] = [scene.width * scene.video_scale, scene.height * scene.video_scale];
    // Only the clip's own part: the video may carry a padded row and column.
    context.drawImage(picture, 0, 0, width, height, 0, 0, scene.width, scene.height);
    if (this.mode !== "off") this.outline(this.path(index), this.pixelRatio / scale);
    this.beside?.(index, this.pixelRatio / scale);
  }

  outline(path, cssPixel) {
    const { context } = this;
    context.lineJoin = "round";
    if (this.mode === "fill") {
      context.fillStyle = AMBER_GLASS;
      context.fill(path, "evenodd");
    }
    for (const [width, colour] of [[HALO_CSS_PX, HALO], [LINE_CSS_PX, AMBER]]) {
      context.lineWidth = width * cssPixel;
      context.strokeStyle = colour;
      context.stroke(path);
    }
  }

  path(index) {
    if (!this.paths.has(index)) this.paths.set(index, Stage.trace(this.scene.contours[index]));
    return this.paths.get(index);
  }

  /** Contour points are pixel indices; a pixel's centre lies half a pixel further. */
  static trace(parts, path = new Path2D()) {
    for (const part of parts) {
      // A line would start where the part before was closed.
      for (let at = 0; at < part.length; at += 2) path[at ? "lineTo" : "moveTo"](part[at] + 0.5, part[at + 1] + 0.5);
      path.closePath();
    }
    return path;
  }

  /** Give the canvas one device pixel per pixel of the screen. */
  fit() {
    this.pixelRatio = window.devicePixelRatio || 1;
    const width = Math.max(1, Math.round(this.canvas.clientWidth * this.pixelRatio));
    const height = Math.max(1, Math.round(this.canvas.clientHeight * this.pixelRatio));
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    this.context.imageSmoothingQuality = "high";
  }

  showAll() {
    this.lookAt(1, 0, 0);
  }

  /** Zoom so that the point under the pointer (a fraction of the stage) stays where it is. Tells whether it changed. */
  zoomBy(factor, fractionX = 0.5, fractionY = 0.5) {
    const { width, height } = this.scene;
    const zoom = between(1, this.zoom * factor, LARGEST_ZOOM);
    const changed = zoom !== this.zoom;
    const shift = 1 / this.zoom - 1 / zoom;
    this.lookAt(zoom, this.left + fractionX * width * shift, this.top + fractionY * height * shift);
    return changed;
  }

  /** Move by a way given in CSS pixels. */
  panBy(x, y) {
    const perPixel = this.scene.width / this.canvas.clientWidth / this.zoom;
    this.lookAt(this.zoom, this.left - x * perPixel, this.top - y * perPixel);
  }

  lookAt(zoom, left, top) {
    const { width = 0, height = 0 } = this.scene ?? {};
    this.zoom = zoom;
    this.left = between(0, left, width - width / zoom);
    this.top = between(0, top, height - height / zoom);
    this.canvas.classList.toggle("zoomed", zoom > 1);
  }
}
Stage.timesItsFrames = typeof VideoFrame === "function";
