const ASK_AGAIN_MS = 1000; // an answer may be lost, as when the page is drawn anew meanwhile
const NOTHING_NEW_MS = 30;
const APART_MS = 70; // smooth enough, and the server has time left to outline
const RATE_OVER = 20; // pictures
const pictures = new WeakMap(); // one per mounted component: Streamlit calls the default export again on every rerun

class RunningPicture {
  constructor(root) {
    this.root = root;
    this.canvas = root.querySelector("canvas");
    this.shown = 0;
    this.times = [];
  }

  receive(scene, jpeg) {
    this.root.querySelector(".area").textContent = scene.area;
    this.root.querySelector(".how").textContent = scene.how;
    this.root.querySelector(".figures").textContent = scene.figures;
    this.root.dataset.held = String(scene.held);
    if (jpeg.length === 0 || scene.id === this.id) {
      this.askIn(scene.held ? ASK_AGAIN_MS : NOTHING_NEW_MS);
      return;
    }
    this.id = scene.id;
    const since = performance.now() - (this.asked ?? 0);
    this.askIn(scene.held ? ASK_AGAIN_MS : Math.max(0, APART_MS - since)); // and is made while this one is drawn
    createImageBitmap(new Blob([jpeg], { type: "image/jpeg" })).then((image) => this.draw(image));
  }

  draw(image) {
    if (this.canvas.width !== image.width || this.canvas.height !== image.height) {
      this.canvas.width = image.width;
      this.canvas.height = image.height;
      this.root.style.setProperty("--aspect", image.width / image.height);
    }
    this.canvas.getContext("2d").drawImage(image, 0, 0);
    image.close();
    this.shown += 1;
    this.times = [...this.times, performance.now()].slice(-RATE_OVER);
    const lasted = this.times.at(-1) - this.times[0];
    this.root.dataset.shown = String(this.shown);
    this.root.dataset.rate = lasted > 0 ? ((1000 * (this.times.length - 1)) / lasted).toFixed(1) : "0";
  }

  askIn(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (!this.root.isConnected) return;
      this.askIn(ASK_AGAIN_MS);
      this.asked = performance.now();
      this.ask();
    }, milliseconds);
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".nerve-live");
  const picture = pictures.get(root) ?? new RunningPicture(root);
  pictures.set(root, picture);
  picture.ask = () => setTriggerValue("next", picture.shown);
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  picture.receive(JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))), bytes.subarray(4 + length));
}
