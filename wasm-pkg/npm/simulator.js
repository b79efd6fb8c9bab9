// Entry point for pages, workers and bundlers.
import { initSimulatorFrom } from './simulator-core.js';

export * from './simulator-core.js';

export function initSimulator(source = new URL('./simulator.wasm', import.meta.url)) {
  return initSimulatorFrom(source);
}
