// The page: static files that may lie in any folder of any server.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

const root = import.meta.dirname;
const project = resolve(root, '../..');
const npm = resolve(project, 'target/npm/portcullis');

/** Recorded hosts of the tests, to look at. */
const samples: Plugin = {
  name: 'samples',
  generateBundle() {
    for (const name of ['reboot', 'dbx-added']) {
      const file = `${name}.bundle.json`;
      const source = readFileSync(resolve(project, 'tests/captures', file));
      this.emitFile({ type: 'asset', fileName: `samples/${file}`, source });
    }
  },
};

/** The engine is on its way before the page's code is there to ask for it. */
const preload: Plugin = {
  name: 'preload',
  transformIndexHtml: {
    order: 'post',
    handler(_, { bundle }) {
      const file = Object.keys(bundle ?? {}).find((name) => /portcullis-[^/]*\.wasm$/.test(name));
      if (file === undefined) return [];
      const attrs = { rel: 'preload', href: `./${file}`, as: 'fetch', type: 'application/wasm', crossorigin: true };
      return [{ tag: 'link', attrs, injectTo: 'head' as const }];
    },
  },
};

export default defineConfig({
  root,
  base: './',
  plugins: [samples, preload],
  resolve: {
    alias: [
      { find: /^portcullis$/, replacement: resolve(npm, 'index.js') },
      { find: /^portcullis\/portcullis\.wasm/, replacement: resolve(npm, 'portcullis.wasm') },
      { find: /^portcullis\/simulator$/, replacement: resolve(npm, 'simulator.js') },
    ],
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: resolve(project, 'target/page'),
    emptyOutDir: true,
    target: 'es2023',
    // The policy of the page allows no `data:` addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: 'es' },
});
