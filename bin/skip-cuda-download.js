// Runs before the install scripts of our dependencies when hashbook is installed from its package (npm runs all
// `preinstall` scripts first). onnxruntime-node's own script fetches hundreds of megabytes of CUDA providers on every
// Linux x64, asked or not, and fails the whole install where its address cannot be reached. It lets be when their files
// are there, so empty ones are put in their places. Who wants them (environment.md, GPU) gets them over these:
//
//   ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node
//
// Must never fail an install: at worst that script runs as it would have.
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/** The files that onnxruntime-node would fetch for this platform, by their full paths. */
function fetchedFiles() {
  const script = require.resolve("onnxruntime-node/script/install-metadata.js");
  const { requirements, manifests } = require(script);
  const platform = `${process.platform}/${process.arch}`;
  const folder = join(dirname(script), "..", "bin", "napi-v6", platform);
  const names = (requirements[platform] ?? []).flatMap(name => Object.keys(manifests[`${platform}:${name}`] ?? {}));
  return names.map(name => join(folder, name));
}

// A checkout that another project links to installs as .npmrc says.
const isCheckout = existsSync(new URL("../tsconfig.json", import.meta.url));
try {
  for (const file of isCheckout ? [] : fetchedFiles()) {
    mkdirSync(dirname(file), { recursive: true });
    closeSync(openSync(file, "a")); // one that is there stays as it is
  }
} catch (error) {
  process.stderr.write(`hashbook: onnxruntime-node's CUDA download is not skipped: ${error.message}\n`);
}
