// The `base` guest in a JavaScript engine: node guest.mjs GUEST.
// Reads calls from standard input, each with a fresh instance, and answers each on standard
// output: operation and size (32 bits, little endian) and bytes in; refused and size, and bytes out.
import { readFileSync, readSync, writeSync } from "node:fs";

const module = new WebAssembly.Module(readFileSync(process.argv[2]));

// Fills a buffer; false at the end of the input.
function fill(buffer) {
  for (let at = 0; at < buffer.length; ) {
    let count;
    try {
      count = readSync(0, buffer, at, buffer.length - at, null);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      continue;
    }
    if (count === 0) return false;
    at += count;
  }
  return true;
}

function write(buffer) {
  for (let at = 0; at < buffer.length; ) {
    try {
      at += writeSync(1, buffer, at, buffer.length - at);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

function call(operation, input) {
  const { memory, alloc, call } = new WebAssembly.Instance(module, {}).exports;
  const pointer = alloc(input.length);
  new Uint8Array(memory.buffer).set(input, pointer);
  const reply = BigInt.asUintN(64, call(operation, pointer, input.length));
  const start = Number(reply & 0xffff_ffffn);
  const size = Number((reply >> 32n) & 0x7fff_ffffn);
  const bytes = Buffer.from(memory.buffer, start, size);
  return { refused: Number(reply >> 63n), bytes };
}

const header = Buffer.alloc(8);
while (fill(header)) {
  const input = Buffer.alloc(header.readUInt32LE(4));
  if (!fill(input)) break;
  const { refused, bytes } = call(header.readUInt32LE(0), input);
  header.writeUInt32LE(refused, 0);
  header.writeUInt32LE(bytes.length, 4);
  write(header);
  write(bytes);
}
