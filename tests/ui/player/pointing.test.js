import assert from "node:assert/strict";
import { test } from "node:test";

import { sourcePoint } from "../../../nerveapp/ui/player/pointing.js";

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
