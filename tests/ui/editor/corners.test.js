import assert from "node:assert/strict";
import { test } from "node:test";

import { nearestCorner } from "../../../nerveapp/ui/components/editor/corners.js";

const CORNERS = [{ x: 0, y: 0 }, { x: 4, y: 3 }, { x: 5, y: 3 }];

test("the nearest corner is grasped, not the first within reach", () => {
  assert.equal(nearestCorner(CORNERS, { x: 5, y: 4 }, 10), CORNERS[2]);
  assert.equal(nearestCorner([...CORNERS].reverse(), { x: 1, y: 0 }, 10), CORNERS[0]);
});

test("a corner out of reach is not grasped", () => {
  assert.equal(nearestCorner(CORNERS, { x: 0, y: 2 }, 1.9), null);
  assert.equal(nearestCorner(CORNERS, { x: 0, y: 2 }, 2), CORNERS[0]);
  assert.equal(nearestCorner([], { x: 0, y: 0 }, 10), null);
});
