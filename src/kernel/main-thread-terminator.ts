import { Session } from "node:inspector";
import type { Terminator } from "./insist.js";

/** From a worker: what stops the main thread, in a loop too, before and after an `await`, by V8's own debugger. */
export function mainThreadTerminator(): Terminator {
  const session = new Session();
  session.connectToMainThread();
  return {
    terminate: () => new Promise(resolve => session.post("Runtime.terminateExecution", () => resolve())),
    // The process would wait for it.
    disconnect: () => session.disconnect(),
  };
}
