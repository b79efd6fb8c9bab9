// What the tests share: a static server, a browser, and assertions that count.
import { createServer } from 'node:http';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';

export const project = join(import.meta.dirname, '../..');
export const npm = join(project, 'target/npm/portcullis');
export const page = join(project, 'target/page');
export const captures = join(project, 'tests/captures');

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

/** Serves a folder on a free port, as any static host would. */
export async function serve(folder, headers = {}) {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://x').pathname);
    let file = join(folder, normalize(path).replace(/^(\.\.[/\\])+/, ''));
    if (existsSync(file) && statSync(file).isDirectory()) file = join(file, 'index.html');
    if (!existsSync(file)) return response.writeHead(404).end();
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store', ...headers });
    response.end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return { origin, close: () => server.close() };
}

const CHROMIUM = process.env.PORTCULLIS_CHROMIUM ?? '/usr/bin/chromium';

/** Chromium as Debian packages it; null with a loud note when there is none. */
export async function browser() {
  if (!existsSync(CHROMIUM)) {
    if (process.env.PORTCULLIS_TOOLS === 'required') {
      throw new Error(`${CHROMIUM} is required, and missing (Debian package chromium)`);
    }
    console.error('SKIPPED: chromium is missing (Debian package chromium)');
    return null;
  }
  const { chromium } = await import('playwright-core');
  return chromium.launch({
    executablePath: CHROMIUM,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

let passed = 0;

/** Runs one test and says so; the first that fails ends the program. */
export async function test(name, run) {
  const began = performance.now();
  try {
    await run();
  } catch (error) {
    console.error(`not ok - ${name}\n${error?.stack ?? error}`);
    process.exit(1);
  }
  passed += 1;
  console.log(`ok ${passed} - ${name} (${Math.round(performance.now() - began)} ms)`);
}

export function finish() {
  if (passed === 0) throw new Error('no test ran');
  console.log(`${passed} tests`);
}
