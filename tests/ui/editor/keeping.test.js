import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { assembled } from "../assembled.js";

const { Editor, Raster } = await assembled("editor");

/** A browser's storage with room for so many characters. */
class Storage {
  #room;

  constructor(room) {
    this.#room = room;
  }

  getItem(key) {
    return this[key] ?? null;
  }

  removeItem(key) {
    delete this[key];
  }

  setItem(key, value) {
    const others = Object.keys(this).filter((one) => one !== key);
    const used = others.reduce((sum, one) => sum + one.length + this[one].length, 0);
    if (used + key.length + value.length > this.#room) throw new Error("QuotaExceededError");
    this[key] = value;
  }
}

beforeEach(() => { globalThis.localStorage = new Storage(20000); });

function editor(place) {
  return Object.assign(Object.create(Editor.prototype), {
    raster: new Raster(20, 10, [200]), task: { place, known: [] }, chain: [null],
  });
}

const stroke = (id) => ({ id, runs: [100, 20, 80], seconds: 3 });

test("the newest strokes are kept however many frames were drawn upon before", () => {
  for (let frame = 0; frame < 2000; frame += 1) {
    const place = `nerveapp:clip:${frame}:R1`;
    editor(place).keep(stroke(`s${frame}`));
    assert.equal(JSON.parse(localStorage.getItem(place)).id, `s${frame}`);
  }
  assert.ok(localStorage.getItem("nerveapp:clip:1950:R1"));
  assert.equal(localStorage.getItem("nerveapp:clip:0:R1"), null);
});

test("what other pages of this origin keep stays", () => {
  localStorage.setItem("another", "x".repeat(15000));
  for (let frame = 0; frame < 200; frame += 1) editor(`nerveapp:clip:${frame}:R1`).keep(stroke("s"));
  assert.equal(localStorage.getItem("another").length, 15000);
});

test("where storage is forbidden a stroke is drawn all the same", () => {
  const forbidden = () => { throw new Error("SecurityError"); };
  globalThis.localStorage = { getItem: forbidden, setItem: forbidden, removeItem: forbidden };
  editor("nerveapp:clip:0:R1").keep(stroke("s"));
});

test("a stroke that fits nowhere takes no more than half of the others with it", () => {
  for (let frame = 0; frame < 64; frame += 1) editor(`nerveapp:clip:${frame}:R1`).keep(stroke("s"));
  const before = Object.keys(localStorage).length;
  editor("nerveapp:clip:99:R1").keep({ ...stroke("s"), runs: Array(20000).fill(1) });
  assert.ok(Object.keys(localStorage).length >= Math.floor(before / 2));
});
