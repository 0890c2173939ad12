// Stand-ins for the threads of the compiler and of the cells: a test says what each does.
import { MessageChannel, type MessagePort } from "node:worker_threads";
import type {
  CellOutcome,
  CompiledCell,
  CompilerAnswer,
  CompilerAnswers,
  CompilerRequest,
  ExecuteCell,
  ToCells,
  ToWire,
} from "../../src/kernel/thread-messages.js";

export const COMPILED: CompiledCell = { code: "", map: "{}", isAsync: false, warnings: [] };
export const OK: CellOutcome = { status: "ok", bound: [] };
export const failure = (ename: string): CellOutcome => {
  return { status: "error", error: { ename, evalue: "why", traceback: [`${ename}: why`] }, bound: ["kept"] };
};

/** What the compiler answers where a test does not say otherwise. */
const ANSWERS: { [Type in keyof CompilerAnswers]: (request: CompilerRequest) => CompilerAnswers[Type] } = {
  compile: () => COMPILED,
  "compile-expression": () => COMPILED,
  adopt: () => null,
  complete: () => ({ start: 0, end: 0, entries: [] }),
  inspect: () => undefined,
  "is-complete": () => ({ status: "unknown" }),
};

export class FakeThreads {
  /** All that was asked. */
  readonly compilerHeard: CompilerRequest[] = [];
  readonly cellsHeard: ToCells[] = [];
  readonly answers: typeof ANSWERS = { ...ANSWERS };
  /** Whether the compiler has got stuck. */
  compilesForEver = false;
  compilerFails = false;
  /** Runs a cell; by default it ends at once. */
  onExecute: (cell: ExecuteCell) => void = ({ cell }) => this.say({ type: "ended", cell, outcome: OK });
  onOther: (message: Exclude<ToCells, ExecuteCell>) => void = message => {
    if (message.type === "shutdown") this.say({ type: "bye" });
  };
  /** The wire's ends. */
  readonly cells: MessagePort;
  readonly compiler: MessagePort;
  private readonly ownCells: MessagePort;

  constructor() {
    const toCells = new MessageChannel();
    const toCompiler = new MessageChannel();
    this.cells = toCells.port1;
    this.compiler = toCompiler.port1;
    this.ownCells = toCells.port2;
    this.ownCells.on("message", (message: ToCells) => {
      this.cellsHeard.push(message);
      if (message.type === "execute") this.onExecute(message);
      else this.onOther(message);
    });
    toCompiler.port2.on("message", (request: CompilerRequest) => {
      this.compilerHeard.push(request);
      if (this.compilesForEver) return;
      const { id } = request;
      const reply: CompilerAnswer = this.compilerFails
        ? { id, fault: "Error: Debug Failure" }
        : { id, answer: this.answers[request.type](request) };
      toCompiler.port2.postMessage(reply);
    });
  }

  say(message: ToWire): void {
    this.ownCells.postMessage(message);
  }

  close(): void {
    this.cells.close();
    this.compiler.close();
  }
}
