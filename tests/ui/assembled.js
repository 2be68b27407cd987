import { readFile } from "node:fs/promises";

const UI = new URL("../../nerveapp/ui/components/", import.meta.url);

/** A component as the browser gets it: its scripts joined to one module, in the order that Python names them. */
export async function assembled(component) {
  const python = await readFile(new URL(`${component}/__init__.py`, UI), "utf8");
  const names = python.match(/^_SCRIPTS = \(([^=]*)^\)|^_SCRIPTS = \((.*)\)$/m)[0].match(/\w+\.js/g);
  const scripts = await Promise.all(names.map((name) => readFile(new URL(`${component}/${name}`, UI), "utf8")));
  return import(`data:text/javascript,${encodeURIComponent(scripts.join("\n"))}`);
}

/** Stands for a Path2D: its subpaths, each with its points and whether it was closed. */
export class RecordedPath {
  subpaths = [];

  moveTo(x, y) {
    this.subpaths.push({ points: [[x, y]], closed: false });
  }

  lineTo(x, y) {
    const open = this.subpaths.at(-1);
    if (!open) this.moveTo(x, y); // as in a browser
    else if (open.closed) this.subpaths.push({ points: [open.points[0], [x, y]], closed: false });
    else open.points.push([x, y]);
  }

  closePath() {
    this.subpaths.at(-1).closed = true;
  }
}
