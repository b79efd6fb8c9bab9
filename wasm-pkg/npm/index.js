// Entry point for pages, workers and bundlers: the WebAssembly is fetched from beside this file.
import { initFrom } from './core.js';

export * from './core.js';

export function init(source = new URL('./portcullis.wasm', import.meta.url)) {
  return initFrom(source);
}
