// Entry point for node, `import`: the WebAssembly is read from beside this file at once.
import { readFileSync } from 'node:fs';
import { initSync } from './core.js';

export * from './core.js';

initSync(readFileSync(new URL('./portcullis.wasm', import.meta.url)));

export async function init() {}
