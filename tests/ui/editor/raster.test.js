import assert from "node:assert/strict";
import { test } from "node:test";

import { addLoops, Raster } from "../../../nerveapp/ui/components/editor/raster.js";
import { RecordedPath } from "../assembled.js";

/** A mask from a picture of it, # inside. */
function drawn(...lines) {
  return Uint8Array.from(lines.join(""), (sign) => Number(sign === "#"));
}

/** The unit edges that loops run along, each once: "column,row right" or "column,row down". */
function edgesOf(loops) {
  const found = loops.flatMap((loop) => loop.flatMap(([x, y], number) => {
    const [toX, toY] = loop[(number + 1) % loop.length];
    const [left, top] = [Math.min(x, toX), Math.min(y, toY)];
    const length = Math.abs(toX - x) + Math.abs(toY - y);
    return Array.from({ length }, (_, step) => (y === toY ? `${left + step},${top} right` : `${left},${top + step} down`));
  }));
  assert.equal(new Set(found).size, found.length, "no edge is drawn twice");
  return new Set(found);
}

/** The same edges, looked for pixel by pixel. */
function edgesBetween(bytes, width, height) {
  const at = (column, row) => (column < 0 || row < 0 || column >= width || row >= height ? 0 : bytes[row * width + column]);
  const found = new Set();
  for (let row = 0; row <= height; row += 1) {
    for (let column = 0; column <= width; column += 1) {
      if (at(column, row) !== at(column, row - 1)) found.add(`${column},${row} right`);
      if (at(column, row) !== at(column - 1, row)) found.add(`${column},${row} down`);
    }
  }
  return found;
}

test("an empty mask has no borders: the frame is not outlined", () => {
  assert.deepEqual(Raster.borders(new Uint8Array(24), 6, 4), []);
});

test("a square has four corners, clockwise", () => {
  const bytes = drawn(
    "......",
    ".##...",
    ".##...",
    "......",
  );
  assert.deepEqual(Raster.borders(bytes, 6, 4), [[[1, 1], [3, 1], [3, 3], [1, 3]]]);
});

test("a mask that fills the frame is outlined along its border", () => {
  assert.deepEqual(Raster.borders(new Uint8Array(24).fill(1), 6, 4), [[[0, 0], [6, 0], [6, 4], [0, 4]]]);
});

test("a hole is a loop of its own, counter-clockwise", () => {
  const bytes = drawn(
    "###",
    "#.#",
    "###",
  );
  assert.deepEqual(Raster.borders(bytes, 3, 3), [
    [[0, 0], [3, 0], [3, 3], [0, 3]],
    [[1, 2], [2, 2], [2, 1], [1, 1]],
  ]);
});

test("two parts are two loops, also where they touch by a corner", () => {
  assert.equal(Raster.borders(drawn("##.##", "##.##"), 5, 2).length, 2);
  assert.equal(Raster.borders(drawn("#.", ".#"), 2, 2).length, 2);
});

test("the loops run along every edge between inside and outside, and along no other", () => {
  let seed = 1;
  const random = () => {
    seed = (seed * 16807) % 2147483647;
    return seed / 2147483647;
  };
  for (let round = 0; round < 300; round += 1) {
    const [width, height, share] = [1 + Math.floor(random() * 9), 1 + Math.floor(random() * 9), random()];
    const bytes = Uint8Array.from({ length: width * height }, () => Number(random() < share));
    assert.deepEqual(edgesOf(Raster.borders(bytes, width, height)), edgesBetween(bytes, width, height));
  }
});

test("each loop is one closed subpath, so that its dashes go on from pixel to pixel", () => {
  const path = addLoops(new RecordedPath(), [[[0, 0], [1, 0], [1, 1]], [[4, 4], [5, 4], [5, 5]]]);
  assert.deepEqual(path.subpaths, [
    { points: [[0, 0], [1, 0], [1, 1]], closed: true },
    { points: [[4, 4], [5, 4], [5, 5]], closed: true },
  ]);
});

test("runs are what they were made of", () => {
  for (const runs of [[24], [0, 24], [7, 2, 4, 2, 9], [0, 1, 22, 1]]) {
    assert.deepEqual(new Raster(6, 4, runs).runs(), runs);
  }
});

test("the box holds all that is inside, and an empty mask has none", () => {
  const raster = new Raster(6, 4, [24]);
  assert.equal(raster.box(), null);
  raster.bytes = drawn("......", "....#.", ".#....", "......");
  assert.deepEqual(raster.box(), { left: 1, top: 1, right: 5, bottom: 3 });
});

test("a stroke sets the pixels whose centres it covers, and takes them away again", () => {
  const raster = new Raster(6, 4, [24]);
  raster.stroke({ x: 1.5, y: 1.5 }, { x: 4.5, y: 1.5 }, 0.5, 1);
  assert.deepEqual(raster.bytes, drawn("......", ".####.", "......", "......"));
  raster.stroke({ x: 3.5, y: 1.5 }, { x: 9, y: 1.5 }, 0.5, 0);
  assert.deepEqual(raster.bytes, drawn("......", ".##...", "......", "......"));
});

test("a polygon fills the pixels whose centres lie inside, cut at the frame", () => {
  const corners = [{ x: -3, y: 1 }, { x: 3, y: 1 }, { x: 3, y: 9 }, { x: -3, y: 9 }];
  assert.deepEqual(new Raster(6, 4, [24]).filled(corners), drawn("......", "###...", "###...", "###..."));
});

/** What a brush of one pixel leaves that goes over some pixels, each of them [column, row]. */
function painted(bytes, width, height, pixels) {
  const raster = Object.assign(new Raster(width, height, []), { bytes: bytes.slice() });
  for (const [column, row] of pixels) raster.bytes[row * width + column] = 1;
  raster.fillClosedIn(bytes);
  return raster.bytes;
}

test("a loop drawn with the brush is filled: a nerve is no ring", () => {
  const ring = [[1, 1], [2, 1], [3, 1], [3, 2], [3, 3], [2, 3], [1, 3], [1, 2]];
  assert.deepEqual(painted(new Uint8Array(30), 6, 5, ring), drawn("......", ".###..", ".###..", ".###..", "......"));
});

test("a stroke that closes what is there already fills it", () => {
  const bowl = drawn("......", ".#..#.", ".#..#.", ".####.", "......");
  assert.deepEqual(painted(bowl, 6, 5, [[2, 1], [3, 1]]), drawn("......", ".####.", ".####.", ".####.", "......"));
});

test("a loop that is not closed stays open, and so does one that the frame's border would close", () => {
  const open = [[1, 1], [2, 1], [3, 1], [3, 3], [2, 3], [1, 3], [1, 2]];
  assert.equal(painted(new Uint8Array(30), 6, 5, open)[2 * 6 + 2], 0);
  const corner = [[0, 2], [1, 2], [2, 2], [2, 1], [2, 0]];
  assert.equal(painted(new Uint8Array(30), 6, 5, corner)[0], 0);
});

test("a hole that was there, cut with the eraser, stays when more is painted", () => {
  const hole = drawn("###...", "#.#...", "###...", "......", "......");
  assert.deepEqual(painted(hole, 6, 5, [[3, 0], [3, 1]]), drawn("####..", "#.##..", "###...", "......", "......"));
});
