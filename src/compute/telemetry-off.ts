import { isMainThread } from "node:worker_threads";

/** Read by onnxruntime when the process opens its first session. */
const VARIABLE = "ORT_DISABLE_TELEMETRY";

// A value that is set already is someone's choice and stays.
if (process.env[VARIABLE] === undefined) {
  process.env[VARIABLE] = "1";
  // A thread's environment is a copy that native code does not see; only the process's own counts.
  if (!isMainThread) {
    process.emitWarning(
      `onnxruntime is first loaded in a worker thread, where hashbook cannot turn its telemetry off; start the process with ${VARIABLE}=1, or import hashbook in the main thread before`,
    );
  }
}
