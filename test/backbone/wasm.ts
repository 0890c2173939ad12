import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";

/** Makes a tfjs backend the current one; "wasm" finds its binaries beside its package's entry. */
export async function useTestBackend(backend: "wasm" | "cpu"): Promise<void> {
  const entry = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(`${dirname(entry)}${sep}`);
  await tf.setBackend(backend);
  await tf.ready();
}
