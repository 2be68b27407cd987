import assert from "node:assert/strict";
import { test } from "node:test";

import { assembled } from "../assembled.js";

const { Measuring } = await assembled("ruler");

test("a drag is a line", () => {
  const hand = new Measuring();
  hand.press(10, 20);
  hand.move(50, 60);
  assert.deepEqual(hand.shown, [10, 20, 50, 60]);
  assert.deepEqual(hand.release(110, 20), [10, 20, 110, 20]);
  assert.deepEqual(hand.line, [10, 20, 110, 20]);
});

test("two clicks are a line", () => {
  const hand = new Measuring();
  hand.press(10, 20);
  assert.equal(hand.release(10.5, 20), null);
  hand.move(80, 20);
  assert.deepEqual(hand.shown, [10.5, 20, 80, 20]);
  hand.press(110, 20);
  assert.deepEqual(hand.release(110, 20), [10.5, 20, 110, 20]);
});

test("an end can be moved, the other stays", () => {
  const hand = new Measuring({ line: [10, 10, 100, 10] });
  hand.press(97, 12);
  assert.deepEqual(hand.release(120, 30), [10, 10, 120, 30]);
  hand.press(11, 9);
  assert.deepEqual(hand.release(5, 5), [120, 30, 5, 5]);
});

test("a click on an end moves nothing away", () => {
  const hand = new Measuring({ line: [10, 10, 100, 10] });
  hand.press(100, 10);
  assert.deepEqual(hand.release(100, 10), [10, 10, 100, 10]);
});

test("escape forgets the first click, the line of before stays", () => {
  const hand = new Measuring({ line: [10, 10, 100, 10] });
  hand.press(50, 50);
  hand.release(50, 50);
  hand.cancel();
  assert.deepEqual(hand.shown, [10, 10, 100, 10]);
});
