import assert from "node:assert/strict";
import { test } from "node:test";

import { assembled } from "../assembled.js";

const { Editor, Raster, settings } = await assembled("editor");

/** An editor of a 20 x 10 frame with a square nerve, without a page: what it sends is kept in `sent`. */
function editor() {
  const runs = [42, 4, 16, 4, 16, 4, 16, 4, 94]; // columns 2 to 5 of rows 2 to 5
  const made = Object.assign(Object.create(Editor.prototype), {
    raster: new Raster(20, 10, runs),
    corners: [{ x: 2, y: 2 }, { x: 6, y: 2 }, { x: 6, y: 6 }, { x: 2, y: 6 }],
    root: { dataset: { ready: "true" }, focus() {} },
    canvas: { width: 20, setPointerCapture() {}, getBoundingClientRect: () => ({ left: 0, top: 0, width: 20, height: 10 }) },
    view: { zoom: 1, left: 0, top: 0 },
    past: [], future: [], points: [], sent: [], overlays: 0, spent: 0, active: 0,
    draw() {},
    overlayChanged() { this.overlays += 1; },
    finished() { this.sent.push(this.raster.runs()); },
  });
  return Object.assign(made, { before: structuredClone(made.state()) });
}

const pointer = (x, y, more) => ({ clientX: x, clientY: y, button: 0, buttons: 1, pointerId: 1, preventDefault() {}, ...more });

const lifted = (type, more) => ({ type, pointerId: 1, ...more });

globalThis.window = { devicePixelRatio: 0.2 }; // a reach of 2 px

function use(tool) {
  Object.assign(settings, { tool, size: 2 });
  return editor();
}

for (const tool of ["brush", "vertex"]) {
  test(`a ${tool} that was lifted is sent, and can be undone`, () => {
    const made = use(tool);
    made.press(pointer(6, 6));
    made.move(pointer(9, 9));
    made.lift(lifted("pointerup"));
    assert.equal(made.sent.length, 1);
    assert.notDeepEqual(made.raster.bytes, made.before.bytes);
    assert.deepEqual(made.past, [made.before]);
  });

  test(`a ${tool} that the system cancelled is taken back and not sent`, () => {
    const made = use(tool);
    made.press(pointer(6, 6));
    made.move(pointer(9, 9));
    made.lift(lifted("pointercancel"));
    assert.deepEqual(made.sent, []);
    assert.deepEqual(made.state(), made.before);
    assert.deepEqual(made.past, []);
    made.move(pointer(12, 9));
    assert.deepEqual(made.state(), made.before, "nothing is held any more");
  });
}

test("a press away from every corner holds none", () => {
  const made = use("vertex");
  made.press(pointer(12, 4));
  made.lift(lifted("pointerup"));
  assert.deepEqual(made.sent, []);
  assert.deepEqual(made.past, []);
});

test("all that the pointer passed between two pictures is painted, and shown once", () => {
  const made = use("brush");
  made.press(pointer(8, 2));
  const shown = made.overlays;
  const passed = [pointer(12, 2), pointer(12, 8), pointer(16, 8)];
  made.move(pointer(16, 8, { getCoalescedEvents: () => passed }));
  assert.equal(made.overlays, shown + 1);
  for (const [column, row] of [[10, 2], [12, 5], [14, 8]]) assert.equal(made.raster.bytes[row * 20 + column], 1);
});

test("D asks for the next disagreement, and nothing is drawn until it is there", () => {
  const made = use("brush");
  const commands = [];
  Object.assign(made, { task: { id: "t" }, sendCommand: (command) => commands.push(command.name), spentSeconds: () => 0 });
  made.act("disagreement");
  clearTimeout(made.leaving);
  assert.deepEqual(commands, ["disagreement"]);
  assert.ok(made.leaving);
});

test("once a save is answered and the frame stays, it is drawn upon again", () => {
  const made = use("brush");
  let asked = "";
  Object.assign(made, { task: { id: "t" }, sendCommand: ({ id }) => { asked = id; }, spentSeconds: () => 0 });
  made.act("save");
  made.receive({ task: { id: "t", answered: "an earlier one" } });
  assert.ok(made.leaving, "that was another command");
  made.receive({ task: { id: "t", answered: asked } });
  assert.equal(made.leaving, null);
  made.press(pointer(6, 6));
  made.lift(lifted("pointerup"));
  assert.equal(made.sent.length, 1);
});

/** Draw around a square of pixels with a narrow tool, all the way. */
function circled(made, more) {
  const corners = [[10, 1], [17, 1], [17, 8], [10, 8], [10, 1]];
  made.press(pointer(...corners[0], more));
  for (const [x, y] of corners.slice(1)) made.move(pointer(x, y, more));
}

test("a loop of the brush is filled when it is lifted, in one step that can be undone", () => {
  const made = use("brush");
  circled(made);
  assert.equal(made.raster.bytes[4 * 20 + 13], 0, "while it is drawn, it is a line");
  made.lift(lifted("pointerup"));
  assert.equal(made.raster.bytes[4 * 20 + 13], 1);
  made.step(made.past, made.future);
  assert.deepEqual(made.state(), made.before);
});

test("a loop of the eraser fills nothing, and neither does one that the system cancelled", () => {
  const erased = use("erase");
  circled(erased);
  erased.lift(lifted("pointerup"));
  assert.deepEqual(erased.raster.bytes, erased.before.bytes);
  const cancelled = use("brush");
  circled(cancelled);
  cancelled.lift(lifted("pointercancel"));
  assert.deepEqual(cancelled.state(), cancelled.before);
});

test("nothing is undone, reset or cleared while a stroke is drawn: it is kept", () => {
  const made = Object.assign(use("brush"), { model: new Uint8Array(200), task: { corners: [] } });
  made.press(pointer(12, 6));
  made.step(made.past, made.future);
  for (const name of ["reset", "clear"]) made.act(name);
  made.move(pointer(14, 6));
  made.lift(lifted("pointerup"));
  assert.equal(made.sent.length, 1);
  assert.equal(made.raster.bytes[6 * 20 + 13], 1);
  assert.equal(made.raster.bytes[3 * 20 + 3], 1, "what was there stays");
});

for (const tool of ["brush", "vertex"]) {
  test(`a key that saves takes along what the ${tool} has drawn, though the hand is not lifted`, () => {
    const made = use(tool);
    made.sendCommand = ({ name }) => made.sent.push(name);
    Object.assign(made, { task: { id: "t" }, spentSeconds: () => 0 });
    made.press(pointer(6, 6));
    made.move(pointer(9, 9));
    made.act("save");
    clearTimeout(made.leaving);
    assert.equal(made.sent.length, 2);
    assert.notDeepEqual(made.sent[0], new Raster(20, 10, [42, 4, 16, 4, 16, 4, 16, 4, 94]).runs());
    assert.equal(made.sent[1], "save", "the stroke goes before it");
    made.move(pointer(15, 9));
    made.lift(lifted("pointerup"));
    assert.equal(made.sent.length, 2, "nothing is drawn on what was saved");
  });
}

/** An editor in which so many corners of a polygon were clicked, and which notes its commands among what it sends. */
function cornered(count) {
  const made = use("polygon");
  made.sendCommand = ({ name }) => made.sent.push(name);
  Object.assign(made, { task: { id: "t" }, spentSeconds: () => 0 });
  for (const [x, y] of [[10, 1], [17, 1], [17, 8]].slice(0, count)) made.press(pointer(x, y));
  return made;
}

for (const name of ["propagate", "next", "previous", "disagreement", "accept"]) {
  test(`a polygon that is not closed yet counts when ${name} is asked for`, () => {
    const made = cornered(3);
    made.act(name);
    clearTimeout(made.leaving);
    assert.equal(made.raster.bytes[2 * 20 + 15], 1);
    assert.equal(made.raster.bytes[3 * 20 + 3], 0, "it replaces what was there");
    assert.deepEqual(made.sent, [made.raster.runs(), name]);
  });
}

test("another tool closes a polygon", () => {
  const made = Object.assign(cornered(3), { showSettings() {}, offerSizes() {} });
  made.act("brush");
  assert.deepEqual(made.sent, [made.raster.runs()]);
  assert.equal(settings.tool, "brush");
});

test("a button of the page closes a polygon before it acts, and a press elsewhere does not", () => {
  globalThis.Element = class { constructor(kind) { this.kind = kind; } closest() { return this.kind === "button" ? this : null; } };
  const made = cornered(3);
  made.root.contains = () => false;
  made.left(new Element("scroll bar"));
  assert.deepEqual(made.sent, []);
  made.left(new Element("button"));
  assert.deepEqual(made.sent, [made.raster.runs()]);
});

test("with two corners nothing is saved: they are dropped, and the key has to be pressed again", () => {
  const made = cornered(2);
  made.act("save");
  assert.deepEqual(made.sent, []);
  assert.deepEqual(made.points, []);
  made.act("save");
  clearTimeout(made.leaving);
  assert.deepEqual(made.sent, ["save"]);
});

test("undo takes back the last corner of a polygon that is not closed", () => {
  const made = cornered(2);
  made.act("undo");
  assert.deepEqual(made.points, [{ x: 10, y: 1 }]);
  assert.deepEqual(made.state(), made.before);
});

for (const tool of ["brush", "vertex", "polygon"]) {
  test(`a palm or a second finger takes no part in what the ${tool} does`, () => {
    const alone = use(tool);
    const touched = use(tool);
    for (const made of [alone, touched]) {
      const palm = (more) => made === touched && pointer(18, 1, { pointerId: 2, isPrimary: false, ...more });
      made.press(pointer(6, 6, { isPrimary: true }));
      if (palm()) made.press(palm());
      made.move(pointer(9, 9, { isPrimary: true }));
      if (palm()) made.move(palm({ clientX: 17 }));
      if (palm()) made.lift(lifted("pointerup", palm()));
      made.move(pointer(11, 9, { isPrimary: true }));
      made.lift(lifted("pointerup", { isPrimary: true }));
    }
    assert.deepEqual(touched.raster.bytes, alone.raster.bytes);
    assert.deepEqual(touched.points, alone.points);
    assert.equal(touched.sent.length, alone.sent.length);
  });
}

test("a pen draws on while a finger rests beside it", () => {
  const made = use("brush");
  made.press(pointer(6, 6, { pointerId: 5 }));
  made.press(pointer(18, 1, { pointerId: 6 }));
  made.lift(lifted("pointerup", { pointerId: 6 }));
  made.move(pointer(9, 9, { pointerId: 5 }));
  made.lift(lifted("pointerup", { pointerId: 5 }));
  assert.equal(made.sent.length, 1);
  assert.equal(made.raster.bytes[1 * 20 + 18], 0);
});

test("a palm that comes to rest before its pen draws nothing, and the pen does", () => {
  const made = use("brush");
  made.press(pointer(18, 1, { pointerId: 2, pointerType: "touch", isPrimary: true }));
  made.move(pointer(17, 1, { pointerId: 2, pointerType: "touch", isPrimary: true }));
  made.press(pointer(6, 6, { pointerId: 7, pointerType: "pen", isPrimary: true }));
  made.move(pointer(16, 1, { pointerId: 2, pointerType: "touch", isPrimary: true }));
  made.move(pointer(9, 9, { pointerId: 7, pointerType: "pen", isPrimary: true }));
  made.lift(lifted("pointerup", { pointerId: 7, isPrimary: true }));
  assert.equal(made.sent.length, 1);
  assert.equal(made.raster.bytes[1 * 20 + 17], 0);
  assert.equal(made.raster.bytes[7 * 20 + 7], 1);
  assert.deepEqual(made.past, [made.before]);
});
