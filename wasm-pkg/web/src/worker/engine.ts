// The engine and the simulator, started once each.
import * as engine from 'portcullis';

let started: Promise<void> | undefined;

export const start = (): Promise<void> => (started ??= engine.init());

type Simulator = typeof import('portcullis/simulator');
let simulator: Promise<Simulator> | undefined;

/** A WebAssembly file of its own, loaded when somebody simulates. */
export const loadSimulator = (): Promise<Simulator> =>
  (simulator ??= import('portcullis/simulator').then(async (loaded) => {
    await loaded.initSimulator();
    return loaded;
  }));

export { engine };
