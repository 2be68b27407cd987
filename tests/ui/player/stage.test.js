import assert from "node:assert/strict";
import { test } from "node:test";

import { Stage } from "../../../nerveapp/ui/components/player/stage.js";
import { RecordedPath } from "../assembled.js";

const SQUARE = [0, 0, 4, 0, 4, 4, 0, 4];
const FAR = [20, 20, 24, 20, 24, 24, 20, 24];

const moved = (corners, by) => {
  const points = [];
  for (let at = 0; at < corners.length; at += 2) points.push([corners[at] + by, corners[at + 1] + by]);
  return points;
};

test("the parts of a nerve are closed one by one, with nothing between them", () => {
  const { subpaths } = Stage.trace([SQUARE, FAR], new RecordedPath());
  assert.deepEqual(subpaths, [
    { points: moved(SQUARE, 0.5), closed: true },
    { points: moved(FAR, 0.5), closed: true },
  ]);
});

test("a frame without a nerve is an empty path", () => {
  assert.deepEqual(Stage.trace([], new RecordedPath()).subpaths, []);
});
