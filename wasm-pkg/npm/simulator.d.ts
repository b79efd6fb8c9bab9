import type { KnobDoc, PresetDoc, SimulateCallDoc, SimulatedHostDoc } from './documents.js';
import type { Source } from './index.js';

/** Starts the simulator, whose WebAssembly is a file of its own; the engine must have started. */
export function initSimulator(source?: Source | Promise<Response>): Promise<void>;
export function initSimulatorSync(source: BufferSource | WebAssembly.Module): void;
/** Named hosts, healthy ones first. */
export function presets(): PresetDoc[];
/** Everything that can be set about a host, with the values of a preset. */
export function knobs(preset: string): KnobDoc[];
/** Builds a host, starts it, and takes its evidence with the rules that it passes or fails. */
export function simulate(call: SimulateCallDoc): SimulatedHostDoc;
