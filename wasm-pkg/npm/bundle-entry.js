// What `bundled.cjs` is made of: one copy of the engine for both CommonJS entry points.
export * as portcullis from './core.js';
export * as simulator from './simulator-core.js';
