// The engine's functions over the generated glue. Where the WebAssembly comes from is the business
// of the entry points: index.js (pages, workers, bundlers), node.js and node.cjs.
import * as glue from './glue/portcullis.js';
import { guarded } from './error.js';
import { toBase64, fromBase64 } from './base64.js';

export { PortcullisError } from './error.js';
export { toBase64, fromBase64 };

/** Starts the engine with its WebAssembly: bytes, or a compiled module. */
export function initSync(source) {
  glue.initSync({ module: source });
}

/** The same for everything that can be awaited: a URL, a Response, bytes, a module. */
export async function initFrom(source) {
  await glue.default({ module_or_path: source });
}

const text = (document) => (typeof document === 'string' ? document : JSON.stringify(document));
const call = (operation, document) =>
  guarded(() => glue.call(operation, text(document)));
const reply = (produce) => JSON.parse(guarded(produce));

export const version = () => guarded(() => glue.version());

export const appraiseJson = (bundle) => call('appraise', bundle);
export const assessJson = (bundle) => call('assess', bundle);
export const callJson = (operation, document) => call(operation, document);

export const appraise = (bundle) => guarded(() => glue.appraise(text(bundle)));
export const assess = (bundle) => guarded(() => glue.assess(text(bundle)));
export const inspectJson = (file, bytes) => guarded(() => glue.inspect(file, bytes));
export const inspect = (file, bytes) => JSON.parse(inspectJson(file, bytes));

export const diff = (before, after, bank = 'sha256') =>
  reply(() => glue.diff(before, after, bank));

export const explain = (document, lang = 'en') =>
  reply(() => glue.explain(text(document), lang));
export const explainCode = (code, lang = 'en') => reply(() => glue.explainCode(code, lang));
export const findingCodes = () => reply(() => glue.findingCodes());

export const smallestChange = (bundle, question = 'appraise') =>
  reply(() => glue.smallestChange(text(bundle), question));
export const withChanges = (bundle, changes) =>
  reply(() => glue.withChanges(text(bundle), JSON.stringify(changes)));

export function deriveBaseline(name, logs, { level = 'boot_chain', bank = 'sha256', pcrs } = {}) {
  const pcrs_bitmap = (pcrs ?? DEFAULT_PCRS).reduce((bits, pcr) => bits | (1 << pcr), 0);
  const document = { name, logs: logs.map(toBase64), level, bank, pcrs_bitmap };
  return JSON.parse(call('derive_baseline', document));
}

/** Registers of a `strict` baseline, unless others are chosen. */
const DEFAULT_PCRS = [0, 1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 14];

export const ekSha256 = (bytes) => guarded(() => glue.ekSha256(bytes)) ?? null;
export const akName = (bytes) => guarded(() => glue.akName(bytes)) ?? null;
export const ekOfBundle = (bundle) => reply(() => glue.ekOfBundle(text(bundle)));

const converted = (produce) => {
  const { document, content } = reply(produce);
  return { document, bytes: fromBase64(content) };
};

export const ciPolicy = {
  show: (file, bytes) => reply(() => glue.ciPolicyShow(file, bytes)),
  hash: (bytes) => reply(() => glue.ciPolicyHash(bytes)),
  diff: (before, after) => reply(() => glue.ciPolicyDiff(before, after)),
  convert: (bytes, how = {}) =>
    converted(() => glue.ciPolicyConvert(bytes, JSON.stringify(how))),
  unwrap: (bytes) => converted(() => glue.ciPolicyUnwrap(bytes)),
  match(files, log) {
    const document = {
      files: files.map(({ file, bytes }) => ({ file, content: toBase64(bytes) })),
      log: toBase64(log),
    };
    return reply(() => glue.ciPolicyMatch(JSON.stringify(document)));
  },
};
