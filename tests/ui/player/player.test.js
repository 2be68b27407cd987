import assert from "node:assert/strict";
import { test } from "node:test";

import { assembled } from "../assembled.js";

const { Player } = await assembled("player");

/** A player on a page without pictures: what it asks of its parts is passed over. */
function mounted() {
  const nothing = () => {};
  const parts = { controls: { destroy: nothing }, resizing: { disconnect: nothing }, curve: { destroy: nothing } };
  const video = { src: "", pause: nothing, load: nothing, removeAttribute: nothing };
  const reports = [];
  return Object.assign(Object.create(Player.prototype), parts, { video, reports, report: (one) => reports.push(one) });
}

const SCENE = { clip: "c", id: "1", start: 3, times_s: [0, 1, 2, 3] };

test("a player that got no video asks for it, each time anew, and may go before it comes", () => {
  const player = mounted();
  player.receive({ scene: SCENE, video: new Uint8Array() });
  player.receive({ scene: { ...SCENE, id: "2" }, video: new Uint8Array() });
  assert.deepEqual(player.reports.map(({ clip, index }) => [clip, index]), [["", 3], ["", 3]]);
  assert.notEqual(player.reports[0].at, player.reports[1].at, "else Python takes the second for the first");
  player.destroy();
});
