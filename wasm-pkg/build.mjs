// Builds the npm package into ../target/npm/portcullis from the WebAssembly files and their glue.
// Called by `cargo xtask npm`, which makes those first.
//
//     node build.mjs RAW-FOLDER OUT-FOLDER
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { rolldown } from 'rolldown';

const [raw, out] = process.argv.slice(2);
const here = import.meta.dirname;
const NAMES = ['portcullis', 'simulator'];

/** What the engine's file may have; it may only become less. */
const ENGINE_SIZE_BYTES_MAX = 1_600_000;
const ENGINE_BROTLI_SIZE_BYTES_MAX = 445_000;
/** What we are after. */
const ENGINE_SIZE_BYTES_GOAL = 1_000_000;
const ENGINE_BROTLI_SIZE_BYTES_GOAL = 300_000;

mkdirSync(join(out, 'glue'), { recursive: true });
cpSync(join(here, 'npm'), out, { recursive: true });
for (const licence of ['LICENSE-APACHE', 'LICENSE-MIT']) {
  cpSync(join(here, '..', licence), join(out, licence));
}
for (const name of NAMES) {
  for (const extension of ['js', 'd.ts']) {
    cpSync(join(raw, `${name}.${extension}`), join(out, 'glue', `${name}.${extension}`));
  }
  await optimise(join(raw, `${name}_bg.wasm`), join(out, `${name}.wasm`));
}
cpSync(join(raw, 'documents.d.ts'), join(out, 'documents.d.ts'));
for (const types of ['index', 'simulator', 'documents']) {
  // CommonJS has the same functions; its types only need other names.
  const text = readFileSync(join(out, `${types}.d.ts`), 'utf8');
  writeFileSync(join(out, `${types}.d.cts`), text.replaceAll(/(from '\.\/\w+)\.js'/g, "$1.cjs'"));
}
const bundle = await rolldown({ input: join(out, 'bundle-entry.js'), platform: 'node' });
await bundle.write({ file: join(out, 'bundled.cjs'), format: 'cjs' });
rmSync(join(out, 'bundle-entry.js'));
checkSizes();

/** wasm-opt takes seconds, so a file that it has seen is not given to it again. */
async function optimise(from, to) {
  const bytes = readFileSync(from);
  const mark = `${from}.${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}.opt`;
  if (!existsSync(mark)) {
    const { default: binaryen } = await import('binaryen');
    const module = binaryen.readBinary(bytes);
    // What rustc uses and every browser of the last years has.
    module.setFeatures(
      binaryen.Features.SIMD128 |
        binaryen.Features.BulkMemory |
        binaryen.Features.BulkMemoryOpt |
        binaryen.Features.SignExt |
        binaryen.Features.MutableGlobals |
        binaryen.Features.NontrappingFPToInt |
        binaryen.Features.ReferenceTypes |
        binaryen.Features.CallIndirectOverlong |
        binaryen.Features.Multivalue,
    );
    binaryen.setOptimizeLevel(2);
    binaryen.setShrinkLevel(2);
    // Inlining makes the file smaller and what brotli makes of it larger.
    binaryen.setAlwaysInlineMaxSize(0);
    binaryen.setFlexibleInlineMaxSize(0);
    binaryen.setOneCallerInlineMaxSize(0);
    module.optimize();
    if (!module.validate()) throw new Error(`${from}: wasm-opt made an invalid module`);
    writeFileSync(mark, module.emitBinary());
  }
  cpSync(mark, to);
}

function checkSizes() {
  for (const name of NAMES) {
    const file = join(out, `${name}.wasm`);
    const size = statSync(file).size;
    const brotli = brotliCompressSync(readFileSync(file)).length;
    console.log(`${name}.wasm: ${size} bytes, ${brotli} with brotli`);
    if (name !== 'portcullis') continue;
    console.log(
      `  the goal is ${ENGINE_SIZE_BYTES_GOAL} bytes, ${ENGINE_BROTLI_SIZE_BYTES_GOAL} with brotli`,
    );
    if (size > ENGINE_SIZE_BYTES_MAX || brotli > ENGINE_BROTLI_SIZE_BYTES_MAX) {
      throw new Error(
        `the engine may have ${ENGINE_SIZE_BYTES_MAX} bytes and ${ENGINE_BROTLI_SIZE_BYTES_MAX} with brotli`,
      );
    }
  }
}
