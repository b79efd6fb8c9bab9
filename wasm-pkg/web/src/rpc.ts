// Calls to the worker. A worker that dies takes its calls with it, and is started again: the page
// stays alive whatever a file holds.
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

const waiting = new Map<number, Waiting>();
let calls = 0;
let worker = spawn();
let onProgress: (progress: FleetProgress) => void = () => {};
let onRestart: () => void = () => {};

function spawn(): Worker {
  const made = new Worker(new URL('./worker/main.ts', import.meta.url), { type: 'module' });
  made.addEventListener('message', (event: MessageEvent<Reply>) => receive(event.data));
  made.addEventListener('error', (event) => restart(event.message));
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
  worker.terminate();
  for (const call of waiting.values()) call.reject(new CallError('bug', reason));
  waiting.clear();
  worker = spawn();
  onRestart();
}

export function listen(progress: typeof onProgress, restarted: typeof onRestart): void {
  onProgress = progress;
  onRestart = restarted;
}

export function call<M extends keyof Api>(
  method: M,
  ...args: Parameters<Api[M]>
): Promise<Result<M>> {
  calls += 1;
  const request: Request = { call: calls, method, args };
  return new Promise((resolve, reject) => {
    waiting.set(request.call, { resolve: (value) => resolve(value as Result<M>), reject });
    worker.postMessage(request);
  });
}
