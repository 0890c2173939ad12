import { Readable } from "node:stream";
import { UnavailableError } from "../core/errors.js";
import type { CellContext } from "./cell-context.js";
import type { CellOutput } from "./cell-output.js";
import { KeyboardInterrupt } from "./running-cell.js";
import { STDIN_STATE } from "./thread-messages.js";

/** Bytes of an answer at most. */
const LONGEST_ANSWER = 1 << 20;
/** Bytes before its text: two Int32. */
const HEAD = 8;

const { setImmediate } = globalThis;

/** Asks the user on behalf of cells: at once, by `prompt` and `confirm`, and line by line, by `process.stdin`. */
export class CellInput {
  private stdin: CellStdin | undefined;

  constructor(
    private readonly output: CellOutput,
    private readonly context: CellContext,
  ) {}

  /** Makes `prompt`, `confirm` and `process.stdin` ask. */
  offer(): void {
    const prompt = (question: unknown = "", otherwise = ""): string => this.ask(`${question}`) || `${otherwise}`;
    const confirm = (question: unknown = ""): boolean => /^y(es)?$/i.test(this.ask(`${question} [y/N] `).trim());
    Object.assign(globalThis, { prompt, confirm });
    Object.defineProperty(process, "stdin", { get: () => this.openStdin(), configurable: true, enumerable: true });
  }

  /**
   * The user's answer; the thread waits for it.
   * @throws {UnavailableError} when nobody can be asked
   * @throws {KeyboardInterrupt} when the cell is interrupted meanwhile
   */
  private ask(question: string): string {
    const answer = this.request(question);
    const head = new Int32Array(answer);
    Atomics.wait(head, 0, STDIN_STATE.waiting);
    if (head[0] === STDIN_STATE.interrupted) throw new KeyboardInterrupt();
    const text = answerText(answer);
    if (text === undefined) throw nobodyToAsk();
    return text;
  }

  /** @returns undefined when nobody answers */
  private async askForLine(): Promise<string | undefined> {
    const answer = this.request("");
    // The types of this version of the library do not know it yet.
    const { waitAsync } = Atomics as unknown as { waitAsync(...at: [Int32Array, number, number]): { value: unknown } };
    await waitAsync(new Int32Array(answer), 0, STDIN_STATE.waiting).value;
    return answerText(answer);
  }

  private request(prompt: string): SharedArrayBuffer {
    const cell = this.context.owner;
    if (cell === undefined || !cell.allowStdin) throw nobodyToAsk();
    const answer = new SharedArrayBuffer(HEAD + LONGEST_ANSWER);
    this.output.send({ type: "input", cell: cell.id, prompt, password: false, answer });
    return answer;
  }

  /** One that has ended is of an earlier cell. */
  private openStdin(): CellStdin {
    if (this.stdin === undefined || this.stdin.readableEnded || this.stdin.destroyed) {
      this.stdin = new CellStdin(() => this.askForLine());
    }
    return this.stdin;
  }
}

function nobodyToAsk(): UnavailableError {
  return new UnavailableError("nobody can be asked here: this front end, or this way to run the cell, allows no input");
}

function answerText(answer: SharedArrayBuffer): string | undefined {
  const [state, length] = new Int32Array(answer, 0, 2);
  if (state !== STDIN_STATE.answered) return undefined;
  return Buffer.from(new Uint8Array(answer, HEAD, length)).toString(); // a copy: decoders take no shared memory
}

/** Standard input as lines of the user, who is asked when somebody reads. */
class CellStdin extends Readable {
  readonly fd = 0;
  readonly isTTY = false;

  constructor(private readonly askForLine: () => Promise<string | undefined>) {
    super({ encoding: "utf8" });
  }

  /** A stream reads ahead; who closes his interface after an answer must not be asked again. */
  override _read(): void {
    setImmediate(() => {
      if (this.isPaused()) this.once("resume", () => this._read());
      else
        this.askForLine().then(
          line => this.push(line === undefined ? null : `${line}\n`),
          error => this.destroy(error),
        );
    });
  }
}
