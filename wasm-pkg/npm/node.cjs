// Entry point for node, `require`: the WebAssembly is read from beside this file at once.
'use strict';
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { portcullis } = require('./bundled.cjs');

portcullis.initSync(readFileSync(join(__dirname, 'portcullis.wasm')));

module.exports = { ...portcullis, async init() {} };
