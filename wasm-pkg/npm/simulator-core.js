// Simulated hosts over the generated glue. The engine must have been started: it derives the
// baseline that completes the rules of a host.
import * as glue from './glue/simulator.js';
import { guarded } from './error.js';
import { deriveBaseline, fromBase64 } from './core.js';

export function initSimulatorSync(source) {
  glue.initSync({ module: source });
}

export async function initSimulatorFrom(source) {
  await glue.default({ module_or_path: source });
}

const reply = (produce) => JSON.parse(guarded(produce));

export const presets = () => reply(() => glue.presets());
export const knobs = (preset) => reply(() => glue.knobs(preset));

export function simulate(call) {
  const host = reply(() => glue.simulate(JSON.stringify(call)));
  const set = host.bundle.policy_set;
  if (host.baseline_log !== undefined) {
    const baseline = deriveBaseline(host.class, [fromBase64(host.baseline_log)], {
      bank: set.bank,
      pcrs: [],
    });
    set.baselines = set.versions.map((policy_version) => ({ policy_version, baseline }));
  }
  return host;
}
