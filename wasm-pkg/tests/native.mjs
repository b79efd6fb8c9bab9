// The same bytes as the native engine: for every case that the Rust side wrote down, node makes
// the document and compares its SHA-256.
//
//     node native.mjs CASES.json
//
// A case is { operation, file, sha256, call? }.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { npm } from './support.mjs';

const engine = await import(`${npm}/node.js`);
const simulator = await import(`${npm}/simulator-node.js`);

const bytesOf = (file) => new Uint8Array(readFileSync(file));
const textOf = (file) => readFileSync(file, 'utf8');
const OPERATIONS = {
  inspect: ({ file }) => engine.inspectJson(basename(file), bytesOf(file)),
  appraise: ({ file }) => engine.appraiseJson(textOf(file)),
  assess: ({ file }) => engine.assessJson(textOf(file)),
  explain: ({ file }) => engine.callJson('explain', textOf(file)),
  explain_en: ({ file }) => JSON.stringify(engine.explain(textOf(file), 'en')),
  explain_ja: ({ file }) => JSON.stringify(engine.explain(textOf(file), 'ja')),
  simulate: ({ call }) => JSON.stringify(simulator.simulate(call).bundle.request),
};

const cases = JSON.parse(textOf(process.argv[2]));
const counts = {};
let wrong = 0;
for (const one of cases) {
  const made = OPERATIONS[one.operation](one);
  const sha256 = createHash('sha256').update(made).digest('hex');
  counts[one.operation] = (counts[one.operation] ?? 0) + 1;
  if (sha256 !== one.sha256) {
    wrong += 1;
    console.error(`${one.operation} ${one.file ?? JSON.stringify(one.call)}: other bytes than natively`);
  }
}
console.log(`${cases.length} documents compared: ${JSON.stringify(counts)}`);
if (wrong > 0 || cases.length === 0) process.exit(1);
