// The same bytes as the native engine: for every case that the Rust side wrote down, node and
// Chromium make the document, and its SHA-256 is compared.
//
//     node native.mjs CASES.json
//
// A case is { operation, file, sha256, call? }.
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { browser, npm } from './support.mjs';
import { document } from './operations.mjs';

const cases = JSON.parse(readFileSync(process.argv[2], 'utf8'));

/** Counts the cases whose document is another one than natively. */
async function compare(where, made) {
  const counts = {};
  let wrong = 0;
  for (const [index, one] of cases.entries()) {
    counts[one.operation] = (counts[one.operation] ?? 0) + 1;
    if ((await made(one, index)) === one.sha256) continue;
    wrong += 1;
    console.error(`${where}: ${one.operation} ${one.file ?? JSON.stringify(one.call)}: other bytes than natively`);
  }
  console.log(`${where}: ${cases.length} documents compared: ${JSON.stringify(counts)}`);
  if (wrong > 0 || cases.length === 0) process.exit(1);
}

const sha256 = async (text) =>
  Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))).toString('hex');

const engine = await import(`${npm}/node.js`);
const simulator = await import(`${npm}/simulator-node.js`);
await compare('node', (one) =>
  sha256(document(engine, simulator, one, one.file ? new Uint8Array(readFileSync(one.file)) : null)),
);

const chromium = await browser();
if (chromium !== null) {
  const types = { js: 'text/javascript', mjs: 'text/javascript', wasm: 'application/wasm' };
  const server = createServer((request, response) => {
    const path = request.url.slice(1);
    const [, kind, rest] = /^(case|npm)\/(.*)$/.exec(path) ?? [];
    if (kind === 'case') return response.end(readFileSync(cases[Number(rest)].file));
    const file = kind === 'npm' ? join(npm, rest) : join(import.meta.dirname, path);
    const name = path === '' ? null : file;
    response.setHeader('Content-Type', types[path.split('.').pop()] ?? 'text/html');
    try {
      response.end(name === null ? '<!doctype html><title>bytes</title>' : readFileSync(name));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const tab = await chromium.newPage();
  await tab.goto(`http://127.0.0.1:${server.address().port}/`);
  const digests = await tab.evaluate(async (list) => {
    const loaded = await import('/npm/index.js');
    await loaded.init();
    const simulated = await import('/npm/simulator.js');
    await simulated.initSimulator();
    const operations = await import('/operations.mjs');
    const made = [];
    for (const [index, one] of list.entries()) {
      const bytes = one.file
        ? new Uint8Array(await (await fetch(`/case/${index}`)).arrayBuffer())
        : null;
      const text = operations.document(loaded, simulated, one, bytes);
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
      made.push([...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join(''));
    }
    return made;
  }, cases);
  await compare('Chromium', (_, index) => digests[index]);
  await chromium.close();
  server.close();
}
