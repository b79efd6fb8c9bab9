// What is thrown. The WebAssembly throws the JSON text of a refusal, or traps.

/** Why a call was refused: the caller's fault (`json`, `field`, ...), or ours (`bug`). */
export class PortcullisError extends Error {
  constructor(kind, message, options) {
    super(message, options);
    this.name = 'PortcullisError';
    this.kind = kind;
  }
}

/** Runs a call into the WebAssembly and turns what it throws into a `PortcullisError`. */
export function guarded(call) {
  try {
    return call();
  } catch (thrown) {
    if (typeof thrown !== 'string') {
      throw new PortcullisError('bug', `the engine stopped: ${thrown}`, { cause: thrown });
    }
    const { kind, message } = JSON.parse(thrown);
    throw new PortcullisError(kind, message);
  }
}
