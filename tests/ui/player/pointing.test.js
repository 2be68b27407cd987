import assert from "node:assert/strict";
import { test } from "node:test";

import { assembled } from "../assembled.js";
import { boxBetween, nerveAt, sourcePoint } from "../../../nerveapp/ui/components/player/pointing.js";

const scene = { width: 640, height: 480 };

test("a click in the whole picture is the same share of the source", () => {
  assert.deepEqual(sourcePoint({ scene, zoom: 1, left: 0, top: 0 }, 0.25, 0.5), { x: 160, y: 240 });
});

test("a click in a zoomed picture is within the part on show", () => {
  assert.deepEqual(sourcePoint({ scene, zoom: 4, left: 100, top: 200 }, 0.5, 0.5), { x: 180, y: 260 });
});

test("the border belongs to the last pixel", () => {
  const { x, y } = sourcePoint({ scene, zoom: 1, left: 0, top: 0 }, 1, 1.2);
  assert.ok(x < 640 && Math.floor(x) === 639);
  assert.ok(y < 480 && Math.floor(y) === 479);
});

test("a box is the same whichever corner was first", () => {
  const box = { x: 30, y: 25, width: 40, height: 10 };
  assert.deepEqual(boxBetween({ x: 10, y: 20 }, { x: 50, y: 30 }), box);
  assert.deepEqual(boxBetween({ x: 50, y: 20 }, { x: 10, y: 30 }), box);
});

test("a nerve is met in its outline or at it, in the frame on show alone", () => {
  const square = [10, 10, 20, 10, 20, 20, 10, 20];
  const others = [["1", [[square], []]], ["3", [[[40, 40, 50, 40, 45, 50]], [square]]]];
  assert.equal(nerveAt(others, 0, { x: 15.5, y: 15.5 }), "1");
  assert.equal(nerveAt(others, 1, { x: 15.5, y: 15.5 }), "3");
  assert.equal(nerveAt(others, 0, { x: 45.5, y: 44 }), "3");
  assert.equal(nerveAt(others, 0, { x: 30, y: 30 }), "");
  assert.equal(nerveAt(others, 0, { x: 22, y: 22 }), "");
  assert.equal(nerveAt(others, 0, { x: 22, y: 22 }, 3), "1");
});

test("of the outlines that a click may mean another is taken and told at once", async () => {
  const { Pointing } = await assembled("player");
  const reports = [];
  const outlines = [{ area: 40 }, { area: 90 }, { area: 150 }];
  const proposal = { click: 1, frame: 3, x: 8, y: 9, outlines, meant: 0 };
  globalThis.window = { nervePointing: new Map([["one", { on: true, proposal, report: (said) => reports.push(said) }]]) };
  const player = { scene: { player: "one" }, shown: 3, redraw() {}, root: { dataset: {} } };
  const pointing = Object.assign(Object.create(Pointing.prototype), { player, asking: { forget() {} } });
  pointing.choose(-1);
  assert.equal(pointing.chosen, proposal, "there is none smaller");
  for (const step of [1, 1, 1]) pointing.choose(step);
  assert.equal(pointing.chosen.meant, 2);
  assert.deepEqual(reports.map(({ frame, x, area }) => [frame, x, area]), [[3, 8, 90], [3, 8, 150]]);
  player.shown = 4;
  pointing.choose(-1);
  assert.equal(pointing.chosen, null, "the click is in another frame");
  assert.equal(reports.length, 2);
});
