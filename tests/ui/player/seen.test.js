import assert from "node:assert/strict";
import { test } from "node:test";

import { Seen } from "../../../nerveapp/ui/components/player/seen.js";

test("frames stepped to are seen, and told in runs", () => {
  const seen = new Seen();
  for (const frame of [4, 5, 6, 9, 5]) seen.add(frame);
  assert.deepEqual(seen.runs(), [[4, 6], [9, 9]]);
});

test("a picture left out while playing was played past, a jump was not", () => {
  const seen = new Seen();
  for (const frame of [0, 2, 7, 20, 21, 0]) seen.add(frame, { playing: true });
  assert.deepEqual(seen.runs(), [[0, 7], [20, 21]]);
});
