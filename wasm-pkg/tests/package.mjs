// The packed package in the places where it is used: node with `import` and `require`, TypeScript,
// a fresh Vite project, a bare page, workers; and the examples of its README.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { browser, captures, finish, npm, project, serve, test } from './support.mjs';

const tools = join(project, 'wasm-pkg/node_modules');
const folder = mkdtempSync(join(tmpdir(), 'portcullis-npm-'));
const run = (program, ...args) =>
  execFileSync(program, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const write = (name, text) => writeFileSync(join(folder, name), text);
const bundle = join(captures, 'dbx-added.bundle.json');

execFileSync('npm', ['pack', '--silent', '--pack-destination', folder, npm], { cwd: folder });
write('package.json', JSON.stringify({ name: 'fresh', private: true, type: 'module' }));
execFileSync(
  'npm',
  ['install', '--silent', '--offline', '--no-audit', '--no-fund', join(folder, 'portcullis-0.1.0.tgz')],
  { cwd: folder },
);
cpSync(bundle, join(folder, 'host.bundle.json'));
cpSync(join(captures, 'a-sb-on-ms/eventlog.bin'), join(folder, 'good.tcglog'));
cpSync(join(captures, 'd1-dbx-added/eventlog.bin'), join(folder, 'changed.tcglog'));

await test('node imports the packed package', () => {
  write(
    'esm.mjs',
    `import { readFileSync } from 'node:fs';
     import { appraise, PortcullisError, version } from 'portcullis';
     const result = appraise(readFileSync('host.bundle.json', 'utf8'));
     console.log(version(), result.status, result.headline);
     try { appraise('{'); } catch (error) { console.log(error instanceof PortcullisError, error.kind); }`,
  );
  assert.equal(
    run('node', 'esm.mjs'),
    '0.1.0 InsecureHostConfiguration DBX-ENTRIES-ADDED\ntrue json\n',
  );
});

await test('node requires the packed package', () => {
  write(
    'cjs.cjs',
    `const { readFileSync } = require('node:fs');
     const { appraise, explainCode } = require('portcullis');
     const { presets } = require('portcullis/simulator');
     console.log(appraise(readFileSync('host.bundle.json', 'utf8')).headline, presets().length > 10);
     console.log(explainCode('DBX-ENTRIES-ADDED', 'ja').lang);`,
  );
  assert.equal(run('node', 'cjs.cjs'), 'DBX-ENTRIES-ADDED true\nja\n');
});

await test('a worker thread of node has an engine of its own', () => {
  write(
    'threads.mjs',
    `import { Worker, isMainThread, parentPort } from 'node:worker_threads';
     import { version } from 'portcullis';
     if (isMainThread) {
       new Worker(new URL(import.meta.url)).on('message', (text) => console.log(text, version()));
     } else parentPort.postMessage(version());`,
  );
  assert.equal(run('node', 'threads.mjs'), '0.1.0 0.1.0\n');
});

await test('TypeScript accepts what is right and refuses what is wrong', () => {
  const right = `import { appraise, initSync, deriveBaseline, type BundleDoc, type ResultDoc } from 'portcullis';
    import { simulate } from 'portcullis/simulator';
    declare const bundle: BundleDoc;
    const result: ResultDoc = appraise(bundle);
    const pcr: number | undefined = result.pcrs[0]?.pcr;
    initSync(new Uint8Array());
    export const baseline = deriveBaseline('x', [new Uint8Array()], { level: 'strict' });
    export const host = simulate({ preset: 'x', seed: 1, now: '0' }).bundle.request.now;
    export { pcr };`;
  write('right.ts', right);
  write('right.cts', right);
  write('wrong.ts', `import { appraise, diff } from 'portcullis';
    export const status: number = appraise('').status;
    diff(new Uint8Array(), new Uint8Array(), 'md5');`);
  const check = (...files) =>
    run('node', join(tools, 'typescript/bin/tsc'), '--noEmit', '--strict', '--module', 'nodenext',
      '--target', 'es2023', '--lib', 'es2023,dom', '--types', '', ...files);
  check('right.ts', 'right.cts');
  assert.throws(() => check('wrong.ts'), ({ stdout }) => {
    assert.equal(stdout.match(/error TS/g)?.length, 2, stdout);
    return true;
  });
});

await test('the examples of the README run and say what they say', () => {
  const readme = readFileSync(join(project, 'wasm-pkg/npm/README.md'), 'utf8');
  const examples = [...readme.matchAll(/```js run\n([\s\S]*?)```/g)].map((match) => match[1]);
  assert.ok(examples.length >= 5, `${examples.length} examples`);
  for (const [index, example] of examples.entries()) {
    const expected = [...example.matchAll(/\/\/ => (.*)/g)].map((match) => match[1]);
    assert.ok(expected.length > 0, example);
    write(`example-${index}.mjs`, example);
    assert.deepEqual(run('node', `example-${index}.mjs`).trimEnd().split('\n'), expected, example);
  }
});

await test('a host is assessed again in milliseconds', () => {
  write(
    'speed.mjs',
    `import { readFileSync } from 'node:fs';
     import { assessJson } from 'portcullis';
     import { simulate } from 'portcullis/simulator';
     const least = (bundle) => {
       let ms = Infinity;
       for (let round = 0; round < 40; round += 1) {
         const began = process.cpuUsage();
         assessJson(bundle);
         const { user, system } = process.cpuUsage(began);
         ms = Math.min(ms, (user + system) / 1000);
       }
       return ms;
     };
     const ec = simulate({ preset: 'dell-r740-ws2022', seed: 1, now: '1795600000' }).bundle;
     console.log(JSON.stringify({
       rsaChainMs: least(readFileSync('host.bundle.json', 'utf8')),
       ecChainMs: least(JSON.stringify(ec)),
     }));`,
  );
  const { rsaChainMs, ecChainMs } = JSON.parse(run('node', 'speed.mjs'));
  console.log(`CPU time of an assessment: RSA chain ${rsaChainMs} ms, EC chain ${ecChainMs} ms`);
  // The goal is 10 ms with an RSA chain; the rest is room for machines that do other things.
  assert.ok(rsaChainMs < 30, `${rsaChainMs} ms`);
});

const APP = `import { init, assess } from 'portcullis';
  await init();
  const bundle = await (await fetch('./host.bundle.json')).text();
  document.title = assess(bundle).outcome;`;
const HTML = '<!doctype html><title>…</title><script type="module" src="./app.js"></script>';

async function titleOf(chromium, root, headers = {}) {
  const { origin, close } = await serve(root, headers);
  const tab = await chromium.newPage();
  const errors = [];
  tab.on('pageerror', (error) => errors.push(error.message));
  await tab.goto(`${origin}/index.html`);
  await tab.waitForFunction(() => document.title !== '…', null, { timeout: 20_000 }).catch(() => {});
  const title = await tab.title();
  await tab.close();
  close();
  assert.deepEqual(errors, []);
  return title;
}

const chromium = await browser();
if (chromium !== null) {
  await test('a bare page loads the package without a bundler', async () => {
    const root = join(folder, 'bare');
    mkdirSync(root);
    cpSync(join(folder, 'node_modules/portcullis'), join(root, 'portcullis'), { recursive: true });
    cpSync(bundle, join(root, 'host.bundle.json'));
    writeFileSync(join(root, 'app.js'), APP.replace("'portcullis'", "'./portcullis/index.js'"));
    writeFileSync(join(root, 'index.html'), HTML);
    const csp = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
    assert.equal(await titleOf(chromium, root, { 'Content-Security-Policy': csp }), 'WouldFail');
  });

  await test('bytes that the page has start the engine at once', async () => {
    const root = join(folder, 'bare');
    writeFileSync(
      join(root, 'app.js'),
      `import { initSync, version } from './portcullis/index.js';
       initSync(await (await fetch('./portcullis/portcullis.wasm')).arrayBuffer());
       document.title = version();`,
    );
    assert.equal(await titleOf(chromium, root), '0.1.0');
  });

  await test('a module worker of a page runs the engine', async () => {
    const root = join(folder, 'bare');
    writeFileSync(
      join(root, 'worker.js'),
      `import { init, version } from './portcullis/index.js';
       init().then(() => postMessage(version()));`,
    );
    writeFileSync(
      join(root, 'app.js'),
      `new Worker('./worker.js', { type: 'module' }).onmessage = ({ data }) => { document.title = 'worker ' + data; };`,
    );
    assert.equal(await titleOf(chromium, root), 'worker 0.1.0');
  });

  await test('a fresh Vite project builds and runs it', async () => {
    write('index.html', HTML);
    write('app.js', APP);
    mkdirSync(join(folder, 'public'), { recursive: true });
    cpSync(bundle, join(folder, 'public/host.bundle.json'));
    run('node', join(tools, 'vite/bin/vite.js'), 'build', '--logLevel', 'error', '--target', 'es2023');
    assert.equal(await titleOf(chromium, join(folder, 'dist')), 'WouldFail');
  });
  await chromium.close();
}

rmSync(folder, { recursive: true });
finish();
