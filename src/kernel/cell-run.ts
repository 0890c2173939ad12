import type { DisplayedValue } from "../core/display.js";
import { KERNEL_FLAGS } from "../notebook/kernel-process.js";
import type { CompilerClient } from "./compiler-client.js";
import type { ExecuteOptions } from "./execute-request.js";
import { insist, type Terminator } from "./insist.js";
import { type OpenPromise, openPromise } from "./open-promise.js";
import { requestFault } from "./request-fault.js";
import type { CellError, CellId, CellOutcome, CompiledCell, ToCells } from "./thread-messages.js";

/** Where cells are compiled and run. */
export interface CellThreads {
  compiler: CompilerClient;
  /** Posts a message to the cells' thread. */
  post(message: ToCells): void;
  /** Makes what terminates that thread's code; undefined where this process would not survive it. */
  connect: (() => Terminator) | undefined;
}

export interface CellRunOptions extends ExecuteOptions {
  id: CellId;
  /** Its number; null for a cell that is not counted. */
  count: number | null;
  /** Tells the user something about the cell. */
  tell: (sentence: string) => void;
}

/** What an execute_reply says of how the cell ended. */
export type CellReplyContent =
  | { status: "ok"; payload: []; user_expressions: Record<string, unknown> }
  | ({ status: "error" } & CellError);

const UNSTOPPABLE =
  `hashbook: Node ${process.version}, started as it is, cannot stop code that never waits without ending with it. ` +
  `Restart the kernel to end this cell; started with ${KERNEL_FLAGS.join(" ")}, as "hashbook kernel install" writes it, it can.\n`;

const INTERRUPTED: CellError = {
  ename: "KeyboardInterrupt",
  evalue: "the cell was interrupted",
  traceback: ["KeyboardInterrupt: the cell was interrupted"],
};

/** A cell on its way from request to reply: compiled, run, its expressions computed. */
export class CellRun {
  private readonly ended: OpenPromise<CellOutcome> = openPromise();
  private readonly evaluations: OpenPromise<DisplayedValue | CellError>[] = [];
  private readonly over: OpenPromise = openPromise();
  /** Resolves where an interrupt ends what the cells' thread does not say the end of. */
  private readonly interruption: OpenPromise<{ error: CellError }> = openPromise();
  private nextSign: OpenPromise = openPromise();
  private inCells = false;

  constructor(
    private readonly cell: CellRunOptions,
    private readonly threads: CellThreads,
  ) {}

  async run(): Promise<CellReplyContent> {
    try {
      const error = await this.execute();
      if (error !== undefined) return { status: "error", ...error };
      return { status: "ok", payload: [], user_expressions: await this.computeExpressions() };
    } catch (error) {
      return requestFault(error);
    } finally {
      this.over.resolve();
    }
  }

  /** The cells' thread says that the cell has ended. */
  end(outcome: CellOutcome): void {
    this.ended.resolve(outcome);
  }

  /** The cells' thread says what came of an expression. */
  endEvaluation(id: number, result: DisplayedValue | CellError): void {
    this.evaluations[id]?.resolve(result);
  }

  /** The cells' thread says that it is about to stop the cell. */
  hear(): void {
    this.nextSign.resolve();
    this.nextSign = openPromise();
  }

  /** Stops the cell. Resolves when it has ended and nothing is on its way that could strike another. */
  interrupt(): Promise<void> {
    if (!this.inCells) this.interruption.resolve({ error: INTERRUPTED });
    return insist(this.over.promise, {
      tell: () => this.threads.post({ type: "interrupt", cell: this.cell.id }),
      heard: () => this.nextSign.promise,
      struck: () => this.evaluations.length > 0 && this.interruption.resolve({ error: INTERRUPTED }),
      connect: this.threads.connect,
      giveUp: () => this.cell.tell(UNSTOPPABLE),
    });
  }

  /** @returns the error that the cell ended with, if any */
  private async execute(): Promise<CellError | undefined> {
    const { id, count, code, silent, allowStdin } = this.cell;
    const { compiler, post } = this.threads;
    const compiling = compiler.ask({ type: "compile", cell: id, count, source: code });
    const compiled = await Promise.race([compiling, this.interruption.promise]);
    if ("error" in compiled) return compiled.error;
    this.inCells = true;
    post({ type: "execute", cell: id, count, source: code, compiled, silent, allowStdin });
    const outcome = await this.ended.promise;
    // Not waited for: the compiler answers in the order in which it is asked.
    compiler.ask({ type: "adopt", cell: id, bound: outcome.bound }).catch(() => undefined);
    return outcome.status === "error" ? outcome.error : undefined;
  }

  private async computeExpressions(): Promise<Record<string, unknown>> {
    const results: Record<string, unknown> = {};
    for (const [name, source] of Object.entries(this.cell.userExpressions)) {
      const compiled = await this.threads.compiler.ask({ type: "compile-expression", source });
      const result = "error" in compiled ? compiled.error : await this.evaluate(compiled);
      results[name] = "ename" in result ? { status: "error", ...result } : { status: "ok", ...result };
    }
    return results;
  }

  private async evaluate(compiled: CompiledCell): Promise<DisplayedValue | CellError> {
    const evaluation = openPromise<DisplayedValue | CellError>();
    const id = this.evaluations.push(evaluation) - 1;
    this.threads.post({ type: "evaluate", cell: this.cell.id, id, compiled });
    return Promise.race([evaluation.promise, this.interruption.promise.then(({ error }) => error)]);
  }
}
