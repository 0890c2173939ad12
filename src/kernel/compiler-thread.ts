// The compiler's thread: takes requests from the wire, answers them in order.
import { type MessagePort, workerData } from "node:worker_threads";
import { type Compiler, createCompiler } from "./compiler.js";
import type { CompilerAnswer, CompilerAnswers, CompilerRequest } from "./thread-messages.js";

const { port, folder } = workerData as { port: MessagePort; folder: string };
const typeErrors = process.env.HASHBOOK_TYPE_ERRORS === "warn" ? "warn" : "error";
const compiler = createCompiler({ folder, typeErrors });
/** Milliseconds without a request after which time is taken for what may be asked for later. */
const LULL = 300;
const steps = compiler.warmUps();
let lull: NodeJS.Timeout | undefined;
setImmediate(warmUp);
port.on("message", (request: CompilerRequest) => {
  port.postMessage(answerOrFault(request));
  lull?.refresh();
});

/** Does the next step: the first at once, the others when nothing has been asked for a while, for they cannot be left. */
function warmUp(): void {
  try {
    if (steps.next().done !== true) lull = setTimeout(warmUp, LULL);
  } catch {
    // Who asks for the same is told.
  }
}

/** A fault of the compiler costs one request, not the kernel with all that its cells have computed. */
function answerOrFault(request: CompilerRequest): CompilerAnswer {
  try {
    return { id: request.id, answer: answerTo(request, compiler) };
  } catch (error) {
    return { id: request.id, fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function answerTo(request: CompilerRequest, compiler: Compiler): CompilerAnswers[keyof CompilerAnswers] {
  switch (request.type) {
    case "compile":
      return compiler.compile(request.cell, request.count, request.source);
    case "compile-expression":
      return compiler.compileExpression(request.source);
    case "adopt":
      compiler.adopt(request.cell, request.bound);
      return null;
    case "complete":
      return compiler.complete(request.source, request.position);
    case "inspect":
      return compiler.inspect(request.source, request.position, request.detail);
    case "is-complete":
      return compiler.isComplete(request.source);
  }
}
