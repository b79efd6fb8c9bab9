// The engine and the simulator, started once each. The page compiles the engine while this worker
// starts; the simulator is loaded here, when it is used.
import * as engine from 'portcullis';

let begin: (module: WebAssembly.Module) => void = () => {};

/** Resolved when the page has handed over the compiled engine. */
export const started = new Promise<void>((resolve) => {
  begin = (module) => {
    engine.initSync(module);
    resolve();
  };
});

export const start = (module: WebAssembly.Module): void => begin(module);

type Simulator = typeof import('portcullis/simulator');
let simulator: Promise<Simulator> | undefined;

/** A WebAssembly file of its own, loaded when somebody simulates. */
export const loadSimulator = (): Promise<Simulator> =>
  (simulator ??= import('portcullis/simulator').then(async (loaded) => {
    await loaded.initSimulator();
    return loaded;
  }));

export { engine };
