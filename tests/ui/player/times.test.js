import assert from "node:assert/strict";
import { test } from "node:test";

import { latest, nearest, pacing } from "../../../nerveapp/ui/components/player/times.js";

const TIMES = [0, 0.1, 0.4, 0.5];

test("the frame on show is the last one whose time has come", () => {
  const frames = [-1, 0, 0.09, 0.1, 0.39, 0.4, 0.5, 9].map((seconds) => latest(TIMES, seconds));
  assert.deepEqual(frames, [0, 0, 0, 1, 1, 2, 3, 3]);
});

test("a click picks the frame nearest in time", () => {
  const frames = [-1, 0.04, 0.06, 0.24, 0.26, 9].map((seconds) => nearest(TIMES, seconds));
  assert.deepEqual(frames, [0, 0, 1, 1, 2, 3]);
  assert.equal(nearest([3], 0), 0);
});

test("evenly spaced frames are played by the browser, at the clip's own pace", () => {
  const times = Array.from({ length: 50 }, (_, index) => 2 + index / 20);
  const { native, rate } = pacing({ times_s: times, video_frame_rate: 10 });
  assert.equal(native, true);
  assert.ok(Math.abs(rate - 2) < 1e-9);
});

test("frames at uneven times, or at a pace that browsers refuse, are shown one by one", () => {
  assert.equal(pacing({ times_s: [0, 0.1, 0.2, 0.9], video_frame_rate: 10 }).native, false);
  assert.equal(pacing({ times_s: [0, 10, 20], video_frame_rate: 10 }).native, false);
  assert.equal(pacing({ times_s: [1], video_frame_rate: 10 }).native, false);
});
