// Entry point for node, `import`.
import { readFileSync } from 'node:fs';
import './node.js';
import { initSimulatorSync } from './simulator-core.js';

export * from './simulator-core.js';

initSimulatorSync(readFileSync(new URL('./simulator.wasm', import.meta.url)));

export async function initSimulator() {}
