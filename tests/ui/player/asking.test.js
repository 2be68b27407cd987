import assert from "node:assert/strict";
import { test } from "node:test";

import { Asking } from "../../../nerveapp/ui/components/player/asking.js";

const PATH = "/outline/s3cret";

/** A server that answers when it is told to, and what the player hears. */
function setUp() {
  const waiting = [];
  const heard = [];
  const get = (url) => new Promise((resolve, reject) => {
    waiting.push({
      url,
      answer: (outlines) => resolve({ ok: true, status: 200, json: async () => ({ outlines }) }),
      refuse: (status) => resolve({ ok: false, status }),
      fail: () => reject(new TypeError("connection lost")),
    });
  });
  const asking = new Asking((at, { outlines }, preview) => heard.push({ x: at.x, outlines, preview }), get);
  return { asking, waiting, heard };
}

const settled = () => new Promise((resolve) => { setTimeout(resolve); });
const at = (x) => ({ frame: 3, x, y: 7 });

test("a question names frame and place, and of a box its sides", async () => {
  const { asking, waiting } = setUp();
  asking.ask(PATH, at(5.5), true);
  assert.equal(waiting[0].url, `${PATH}?frame=3&x=5.5&y=7&preview=1`);
  asking.ask(PATH, { ...at(5), width: 20, height: 10 });
  waiting[0].answer([]);
  await settled();
  assert.equal(waiting[1].url, `${PATH}?frame=3&x=5&y=7&width=20&height=10`);
});

test("one question at a time is asked, and of the places passed meanwhile the last", async () => {
  const { asking, waiting, heard } = setUp();
  for (const x of [1, 2, 3, 4]) asking.ask(PATH, at(x), true);
  assert.equal(waiting.length, 1);
  waiting[0].answer([[1]]);
  await settled();
  assert.equal(waiting.length, 2);
  waiting[1].answer([[4]]);
  await settled();
  assert.equal(waiting.length, 2);
  assert.deepEqual(heard, [{ x: 1, outlines: [[1]], preview: true }, { x: 4, outlines: [[4]], preview: true }]);
  asking.ask(PATH, at(9), true);
  assert.equal(waiting.length, 3);
});

test("a click goes before previews, and none takes its place", async () => {
  const { asking, waiting, heard } = setUp();
  asking.ask(PATH, at(1), true);
  asking.ask(PATH, at(2));
  asking.ask(PATH, at(3), true);
  waiting[0].answer([[1]]);
  await settled();
  waiting[1].answer([[2]]);
  await settled();
  assert.deepEqual(heard.at(-1), { x: 2, outlines: [[2]], preview: false });
  assert.equal(waiting.length, 2);
});

test("once the pointer has left no preview comes, but a click's outline does", async () => {
  const { asking, waiting, heard } = setUp();
  asking.ask(PATH, at(1), true);
  asking.ask(PATH, at(2), true);
  asking.forget();
  waiting[0].answer([[1]]);
  await settled();
  assert.deepEqual([heard, waiting.length], [[], 1]);
  asking.ask(PATH, at(3));
  asking.forget();
  waiting[1].answer([[3]]);
  await settled();
  assert.deepEqual(heard, [{ x: 3, outlines: [[3]], preview: false }]);
});

test("a refusal or a lost connection is passed over, and of a path that is closed nothing more is asked", async () => {
  const { asking, waiting, heard } = setUp();
  asking.ask("", at(1));
  assert.equal(waiting.length, 0);
  asking.ask(PATH, at(1));
  waiting[0].refuse(400);
  await settled();
  asking.ask(PATH, at(2));
  waiting[1].fail();
  await settled();
  asking.ask(PATH, at(3));
  waiting[2].refuse(404);
  await settled();
  asking.ask(PATH, at(4));
  assert.deepEqual([heard, waiting.length], [[], 3]);
  asking.ask("/outline/other", at(5));
  assert.equal(waiting.length, 4);
});
