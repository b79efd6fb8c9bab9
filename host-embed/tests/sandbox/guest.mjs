// The `base` guest in a JavaScript engine: node guest.mjs GUEST FOLDER.
// Replies to every FOLDER/NAME.OPERATION.in with NAME.OPERATION.ok or .refused.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [guest, folder] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(guest));

function call(operation, input) {
  const { memory, alloc, call } = new WebAssembly.Instance(module, {}).exports;
  const pointer = alloc(input.length);
  new Uint8Array(memory.buffer).set(input, pointer);
  const reply = BigInt.asUintN(64, call(operation, pointer, input.length));
  const start = Number(reply & 0xffff_ffffn);
  const size = Number((reply >> 32n) & 0x7fff_ffffn);
  const bytes = new Uint8Array(memory.buffer).slice(start, start + size);
  return { refused: reply >> 63n === 1n, bytes };
}

for (const file of readdirSync(folder).filter((name) => name.endsWith(".in"))) {
  const [name, operation] = file.split(".");
  const { refused, bytes } = call(Number(operation), readFileSync(join(folder, file)));
  const path = join(folder, `${name}.${operation}.${refused ? "refused" : "ok"}`);
  writeFileSync(path, bytes);
}
