// Calls to the worker. A worker that dies takes its calls with it, and is started again: the page
// stays alive whatever a file holds.
import wasm from 'portcullis/portcullis.wasm?url';
import type { Api, FleetProgress } from './model';

export interface Request {
  call: number;
  method: keyof Api;
  args: unknown[];
}

type Reply =
  | { call: number; value: unknown }
  | { call: number; error: string; kind: string }
  | { progress: FleetProgress };

type Result<M extends keyof Api> = Awaited<ReturnType<Api[M]>>;

/** A call that was refused; `kind` as a `PortcullisError` has it. */
export class CallError extends Error {
  constructor(
    readonly kind: string,
    message: string,
  ) {
    super(message);
  }
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: CallError): void;
}

/** Compiled off this thread while the worker starts, and handed over: neither waits for the other. */
const compiled = WebAssembly.compileStreaming(fetch(wasm));

const waiting = new Map<number, Waiting>();
/** How often a worker is started again before the page gives up. */
const FAILURES_MAX = 20;
let failures = 0;
let broken: string | null = null;
let calls = 0;
let worker = spawn();
let onProgress: (progress: FleetProgress) => void = () => {};
let onRestart: () => void = () => {};

function spawn(): Worker {
  const made = new Worker(new URL('./worker/main.ts', import.meta.url), { type: 'module' });
  made.addEventListener('message', (event: MessageEvent<Reply>) => receive(event.data));
  made.addEventListener('error', (event) => restart(event.message));
  void compiled.then(
    (module) => made.postMessage({ module }),
    (error: unknown) => giveUp(String(error)),
  );
  return made;
}

function receive(reply: Reply): void {
  if ('progress' in reply) return onProgress(reply.progress);
  const call = waiting.get(reply.call);
  waiting.delete(reply.call);
  if ('error' in reply) {
    call?.reject(new CallError(reply.kind, reply.error));
    // After a trap, nothing in the engine's memory can be relied on.
    if (reply.kind === 'bug') restart(reply.error);
  } else {
    call?.resolve(reply.value);
  }
}

function restart(reason: string): void {
  if (failures >= FAILURES_MAX) return giveUp(reason);
  failures += 1;
  worker.terminate();
  fail(reason);
  worker = spawn();
  onRestart();
}

/** An engine that cannot be had is not asked for again and again. */
function giveUp(reason: string): void {
  broken = reason;
  fail(reason);
}

function fail(reason: string): void {
  for (const call of waiting.values()) call.reject(new CallError('bug', reason));
  waiting.clear();
}

export function listen(progress: typeof onProgress, restarted: typeof onRestart): void {
  onProgress = progress;
  onRestart = restarted;
}

export function call<M extends keyof Api>(
  method: M,
  ...args: Parameters<Api[M]>
): Promise<Result<M>> {
  if (broken !== null) return Promise.reject(new CallError('bug', broken));
  calls += 1;
  const request: Request = { call: calls, method, args };
  return new Promise((resolve, reject) => {
    waiting.set(request.call, { resolve: (value) => resolve(value as Result<M>), reject });
    worker.postMessage(request);
  });
}
