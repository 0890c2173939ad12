import { Worker } from "node:worker_threads";
import type { FontChoice } from "../core/font-choice.js";
import type { PngOptions } from "./draw-png.js";
import type { SvgOptions } from "./draw-svg.js";
import type { Figure } from "./figure.js";
import type { PageFigure } from "./page-size.js";
import { plainArrays } from "./plotly-window.js";

/** What the thread can be asked to draw. */
export type Drawing =
  | { readonly kind: "svg"; readonly figure: Figure; readonly options: SvgOptions }
  | { readonly kind: "png"; readonly figure: Figure; readonly options: PngOptions }
  | ({ readonly kind: "pdf"; readonly fonts: FontChoice } & PageFigure);

/** What it gives of each. */
export interface Drawn {
  readonly svg: string;
  readonly png: Uint8Array;
  readonly pdf: Uint8Array;
}

/** What the thread sends: a drawing, or the message of what was wrong with it. */
export type FigureAnswer = { readonly id: number } & (
  | { readonly drawn: Drawn[Drawing["kind"]] }
  | { readonly fault: string }
);

/** The thread's program; built, because it runs without this one's loader. */
const PROGRAM = new URL("../../lib/plots/figure-worker.js", import.meta.url);

interface Waiting {
  resolve(drawn: unknown): void;
  reject(cause: Error): void;
}

/** The one thread for all figures of a process: it takes most of a second to start, and a hundred megabytes. */
let thread: FigureThread | undefined;

/**
 * Has a figure drawn; figures are drawn one after the other.
 * @throws {Error} with plotly's message, when it cannot draw it
 */
export async function askFigureThread<D extends Drawing>(drawing: D): Promise<Drawn[D["kind"]]> {
  thread ??= new FigureThread(() => {
    thread = undefined;
  });
  return thread.ask(drawing);
}

class FigureThread {
  private readonly worker: Worker = new Worker(PROGRAM, { execArgv: [] });
  private readonly waiting: Map<number, Waiting> = new Map();
  private asked: number = 0;

  /** @param onEnd told when the thread has died, and another one is needed */
  constructor(onEnd: () => void) {
    this.worker.unref(); // what waits for a drawing keeps the process alive, a thread that waits does not
    this.worker.on("message", (answer: FigureAnswer) => this.settle(answer));
    const end = (cause: Error): void => {
      onEnd();
      for (const one of this.waiting.values()) one.reject(cause);
      this.waiting.clear();
    };
    this.worker.once("error", cause => end(cause instanceof Error ? cause : new Error(String(cause))));
    this.worker.once("exit", code => end(new Error(`the thread that draws figures ended with code ${code}`)));
  }

  ask<D extends Drawing>(drawing: D): Promise<Drawn[D["kind"]]> {
    const id = ++this.asked;
    // As text: a figure may hold what no thread can be sent, and plotly is to see what a notebook would.
    const text = JSON.stringify({ id, ...drawing }, plainArrays);
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: drawn => resolve(drawn as Drawn[D["kind"]]), reject });
      this.worker.ref();
      this.worker.postMessage(text);
    });
  }

  private settle(answer: FigureAnswer): void {
    const one = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if (this.waiting.size === 0) this.worker.unref();
    if ("fault" in answer) one?.reject(new Error(answer.fault));
    else one?.resolve(answer.drawn);
  }
}
