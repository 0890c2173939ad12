// Compiles assembly/*.ts (AssemblyScript) to WebAssembly and embeds it in src/ranking/kernel-bytes.ts, so that nothing
// has to be found or loaded at run time and no compiler is needed to build the project. Run after a change:
//   node tools/build-kernels.mjs
// A test compares the hash of the sources with the one written here.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import asc from "assemblyscript/asc";

const SOURCE = "assembly/hamming.ts";
const TARGET = "src/ranking/kernel-bytes.ts";
const FLAGS = [
  "--runtime=stub",
  "--noAssert",
  "--optimizeLevel=3",
  "--shrinkLevel=0",
  "--converge",
  "--enable=simd,threads,bulk-memory",
  "--importMemory",
  "--sharedMemory",
  "--initialMemory=1",
  "--maximumMemory=65536",
  "--use=abort=",
];

const { error, stdout, stderr, binary } = await compile();
if (error) {
  process.stderr.write(`${stdout}${stderr}${error.message}\n`);
  process.exit(1);
}
const hash = createHash("sha256").update(readFileSync(SOURCE)).digest("hex");
const lines = Buffer.from(binary)
  .toString("base64")
  .match(/.{1,100}/g);
writeFileSync(
  TARGET,
  `// Made by tools/build-kernels.mjs out of ${SOURCE}: do not edit.

/** SHA-256 of the source that was compiled. */
export const KERNEL_SOURCE_HASH = "${hash}";

/** The WebAssembly module, base64. */
export const KERNEL_BYTES: string = [
${lines.map(line => `  "${line}",`).join("\n")}
].join("");
`,
);
process.stderr.write(`${TARGET}: ${binary.length} bytes of WebAssembly\n`);

async function compile() {
  let binary;
  const result = await asc.main([SOURCE, "--outFile", "hamming.wasm", ...FLAGS], {
    writeFile: (name, contents) => {
      if (name === "hamming.wasm") binary = contents;
    },
  });
  return { ...result, stdout: result.stdout.toString(), stderr: result.stderr.toString(), binary };
}
