// Sizes of the guests after wasm-opt, and with brotli; fails beyond the limits. Called by
// `cargo xtask guests`:
//
//     node sizes.mjs FOLDER
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";

// What the guests may have; it may only become less. The goals were set before explanations in two
// languages and the conversion of policies were part of the guest.
const SIZE_BYTES_MAX = 1_700_000;
const BROTLI_SIZE_BYTES_MAX = 520_000;
const SIZE_BYTES_GOAL = 800_000;
const BROTLI_SIZE_BYTES_GOAL = 260_000;

const FEATURES = {
  base: [],
  wide: ["--enable-simd", "--enable-wide-arithmetic"],
};
// What the compiler uses in every module.
const COMMON = [
  "--enable-bulk-memory",
  "--enable-bulk-memory-opt",
  "--enable-call-indirect-overlong",
  "--enable-multivalue",
  "--enable-mutable-globals",
  "--enable-nontrapping-float-to-int",
  "--enable-reference-types",
  "--enable-sign-ext",
];

const folder = process.argv[2];
const tool = join(import.meta.dirname, "../../wasm-pkg/node_modules/binaryen/bin/wasm-opt");

/** wasm-opt takes a while, so a file that it has seen is not given to it again. */
function optimised(name) {
  const from = join(folder, `${name}.wasm`);
  const mark = createHash("sha256").update(readFileSync(from)).digest("hex").slice(0, 16);
  const to = join(folder, `${name}.${mark}.opt.wasm`);
  if (!existsSync(to)) {
    const flags = ["-O3", "--strip-producers", ...COMMON, ...FEATURES[name]];
    execFileSync(process.execPath, [tool, ...flags, from, "-o", to], { stdio: "inherit" });
  }
  return readFileSync(to);
}

for (const name of Object.keys(FEATURES)) {
  const raw = readFileSync(join(folder, `${name}.wasm`)).length;
  const bytes = optimised(name);
  const brotli = brotliCompressSync(bytes).length;
  console.log(
    `guest ${name}: ${raw} bytes, ${bytes.length} after wasm-opt, ${brotli} with brotli ` +
      `(goals ${SIZE_BYTES_GOAL} and ${BROTLI_SIZE_BYTES_GOAL})`,
  );
  if (bytes.length > SIZE_BYTES_MAX || brotli > BROTLI_SIZE_BYTES_MAX) {
    console.error(`  the limit is ${SIZE_BYTES_MAX} bytes, ${BROTLI_SIZE_BYTES_MAX} with brotli`);
    process.exitCode = 1;
  }
}
