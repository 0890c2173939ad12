// Compiles assembly/*.ts (AssemblyScript) to WebAssembly and embeds each in a file of src/ranking/, so that nothing has
// to be found or loaded at run time and no compiler is needed to build the project. Run after a change:
//   node tools/build-kernels.mjs
// Tests compare the hashes of the sources with those written here.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import asc from "assemblyscript/asc";

const MODULES = [
  { source: "assembly/hamming.ts", target: "src/ranking/kernel-bytes.ts", prefix: "KERNEL" },
  { source: "assembly/gallery.ts", target: "src/ranking/gallery-bytes.ts", prefix: "GALLERY" },
];
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

for (const { source, target, prefix } of MODULES) {
  const { error, stdout, stderr, binary } = await compile(source);
  if (error) {
    process.stderr.write(`${stdout}${stderr}${error.message}\n`);
    process.exit(1);
  }
  const hash = createHash("sha256").update(readFileSync(source)).digest("hex");
  const lines = Buffer.from(binary)
    .toString("base64")
    .match(/.{1,100}/g);
  writeFileSync(
    target,
    `// Made by tools/build-kernels.mjs out of ${source}: do not edit.

/** SHA-256 of the source that was compiled. */
export const ${prefix}_SOURCE_HASH = "${hash}";

/** The WebAssembly module, base64. */
export const ${prefix}_BYTES: string = [
${lines.map(line => `  "${line}",`).join("\n")}
].join("");
`,
  );
  process.stderr.write(`${target}: ${binary.length} bytes of WebAssembly\n`);
}

async function compile(source) {
  let binary;
  const result = await asc.main([source, "--outFile", "kernels.wasm", ...FLAGS], {
    writeFile: (name, contents) => {
      if (name === "kernels.wasm") binary = contents;
    },
  });
  return { ...result, stdout: result.stdout.toString(), stderr: result.stderr.toString(), binary };
}
