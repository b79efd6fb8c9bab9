// Entry point for node, `require`.
'use strict';
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
require('./node.cjs');
const { simulator } = require('./bundled.cjs');

simulator.initSimulatorSync(readFileSync(join(__dirname, 'simulator.wasm')));

module.exports = { ...simulator, async initSimulator() {} };
