const LOUPE_ZOOM = 4;
const COLOUR = "#FFB000";
const rulers = new WeakMap(); // one per mounted component: Streamlit calls the default export again on every rerun

class Ruler {
  constructor(root) {
    this.root = root;
    this.canvas = root.querySelector("canvas");
    this.loupe = root.querySelector(".loupe");
    this.said = root.querySelector(".said");
    this.canvas.onpointerdown = (event) => this.press(event);
    this.canvas.onpointermove = (event) => this.move(event);
    this.canvas.onpointerup = (event) => this.release(event);
    this.canvas.onpointerleave = () => { this.loupe.hidden = true; };
    root.onkeydown = (event) => { if (event.key === "Escape") { this.hand.cancel(); this.draw(); } };
    root.tabIndex = 0;
  }

  receive(scene, picture) {
    if (scene.id === this.scene?.id) return;
    this.scene = scene;
    this.root.dataset.ready = "false";
    this.hand = new Measuring({ line: scene.line?.flat() ?? null });
    this.canvas.width = scene.width;
    this.canvas.height = scene.height;
    this.root.querySelector(".frame").style.setProperty("--aspect", scene.width / scene.height);
    createImageBitmap(new Blob([picture])).then((image) => {
      this.image = image;
      this.root.dataset.ready = "true";
      this.draw();
    });
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const inside = (value, most) => Math.min(Math.max(value, 0), most);
    this.scale = this.scene.width / box.width;
    Object.assign(this.hand, { grab: 10 * this.scale, click: 4 * this.scale });
    return [
      inside((event.clientX - box.left) * this.scale, this.scene.width),
      inside((event.clientY - box.top) * this.scale, this.scene.height),
    ];
  }

  press(event) {
    event.preventDefault();
    if (event.isPrimary === false) return; // a palm, or a second finger
    this.root.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.hand.press(...this.at(event));
    this.draw();
  }

  move(event) {
    if (event.isPrimary === false) return;
    const point = this.at(event);
    this.hand.move(...point);
    this.draw();
    this.enlarge(...point);
  }

  release(event) {
    if (event.isPrimary === false) return;
    const line = this.hand.release(...this.at(event));
    this.draw();
    if (line) this.report({ id: this.scene.id, line });
  }

  draw() {
    if (!this.image) return;
    const context = this.canvas.getContext("2d");
    const { width, height } = this.canvas;
    context.drawImage(this.image, 0, 0, width, height);
    const line = this.hand.shown;
    this.root.dataset.line = this.hand.line ? this.hand.line.map((one) => one.toFixed(1)).join(",") : "";
    this.say(line);
    if (!line) return;
    const thin = Math.max(1, 1.5 * (this.scale ?? 1));
    const [x1, y1, x2, y2] = line;
    for (const [colour, wide] of [["#000", 2.4 * thin], [COLOUR, thin]]) {
      Object.assign(context, { strokeStyle: colour, lineWidth: wide });
      context.beginPath();
      context.moveTo(x1, y1);
      context.lineTo(x2, y2);
      for (const [x, y] of [[x1, y1], [x2, y2]]) {
        context.moveTo(x + 5 * thin, y);
        context.arc(x, y, 5 * thin, 0, 2 * Math.PI);
      }
      context.stroke();
    }
  }

  say(line) {
    if (this.hand.first) this.said.textContent = "Now click the other point. Escape starts again.";
    else if (!line) this.said.textContent = "Drag from one point to the other, or click both, such as two ticks of the depth scale.";
    else {
      const length = Math.hypot(line[2] - line[0], line[3] - line[1]);
      this.said.textContent = `The line is ${length.toFixed(1)} px long. Drag an end to move it, or draw another.`;
    }
  }

  enlarge(x, y) {
    const context = this.loupe.getContext("2d");
    const { width } = this.loupe;
    const part = width / LOUPE_ZOOM;
    this.loupe.hidden = false;
    this.loupe.classList.toggle("left", x > this.scene.width / 2); // never over the point
    context.imageSmoothingEnabled = false;
    context.fillRect(0, 0, width, width);
    context.drawImage(this.canvas, x - part / 2, y - part / 2, part, part, 0, 0, width, width);
  }
}

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".nerve-ruler");
  const ruler = rulers.get(root) ?? new Ruler(root);
  rulers.set(root, ruler);
  ruler.report = (line) => setStateValue("line", line);
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  ruler.receive(JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))), bytes.subarray(4 + length));
}
