/** Prints what the first load of the editor costs in gzipped JavaScript and fails above the bar of 320 kB. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BAR_KB = 320;
const ENTRIES = ["index.html", "src/editor/EditorPage.tsx"];
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

const files = new Set();
function collect(key) {
  const chunk = manifest[key];
  if (files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const imported of chunk.imports ?? []) collect(imported);
}
for (const entry of ENTRIES) collect(entry);

let total = 0;
for (const file of files) {
  const kb = gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length / 1000;
  total += kb;
  console.log(`${kb.toFixed(1).padStart(7)} kB  ${file}`);
}
console.log(`${total.toFixed(1).padStart(7)} kB  first load of the editor, bar ${BAR_KB} kB`);
if (total > BAR_KB) process.exit(1);
