import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { assembled } from "./assembled.js";

const { overrides } = JSON.parse(await readFile(new URL("../../biome.json", import.meta.url), "utf8"));

for (const component of ["editor", "player"]) {
  test(`the scripts of the ${component} are a component when they are joined`, async () => {
    assert.equal(typeof (await assembled(component)).default, "function");
  });

  test(`what the linter takes for granted in one script of the ${component} is exported by another`, async () => {
    const { javascript } = overrides.find(({ includes }) => includes[0].includes(`/${component}/`));
    const exported = Object.keys(await assembled(component));
    assert.deepEqual(javascript.globals.filter((name) => !exported.includes(name)), []);
  });
}
