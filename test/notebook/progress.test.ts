import { createRequire } from "node:module";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type DisplayContent, offerCellHost } from "../../src/core/cell-host.js";
import { type ProgressListener, ProgressMeter } from "../../src/core/progress.js";
import { CellOutputs } from "../../src/notebook/cell-outputs.js";
import type { JupyterMessage } from "../../src/notebook/jupyter-message.js";
import { cellProgress, terminalProgress } from "../../src/notebook/progress.js";

afterEach(() => vi.restoreAllMocks());

/** What a listener writes on stderr while `steps` of work are done. */
function written(live: boolean, steps: number, options: { keep?: boolean } = {}, make = terminalProgress): string[] {
  const texts: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation(text => {
    texts.push(String(text));
    return true;
  });
  const terminal = process.stderr.isTTY;
  process.stderr.isTTY = live;
  try {
    const meter = new ProgressMeter("features", steps, "images", make({ interval: 3600, ...options }));
    for (let done = 1; done <= steps; done++) meter.report(done);
  } finally {
    process.stderr.isTTY = terminal;
  }
  return texts;
}

describe("terminalProgress", () => {
  it("writes over one line and leaves nothing", () => {
    const texts = written(true, 1000);
    expect(texts).toHaveLength(2);
    expect(texts[0].startsWith("\r\u001b[Kfeatures 1/1000 images")).toBe(true);
    expect(texts[1]).toBe("\r\u001b[K");
  });

  it("leaves one line when asked to, and always in a log file", () => {
    expect(written(true, 9, { keep: true }).at(-1)).toMatch(/^features: 9 images in .*s\n$/);
    const log = written(false, 9);
    expect(log).toHaveLength(2);
    expect(log.join("")).not.toContain("\r");
  });

  it("starts anew with each task", () => {
    const texts = [...written(true, 5), ...written(true, 5)];
    expect(texts.filter(text => text.includes("1/5"))).toHaveLength(2);
  });
});

describe("cellProgress", () => {
  it("goes to the terminal outside of a kernel, nothing lost", () => {
    const [line, end] = written(true, 5, {}, cellProgress);
    expect(line.startsWith("\r\u001b[Kfeatures 1/5 images")).toBe(true);
    expect(end).toBe("\r\u001b[K");
  });

  /** The texts that a cell shows one after another, and those that stay. */
  function inCell(work: () => void): { texts: unknown[]; left: unknown[] } {
    const { messages, leave } = pretendToBeACell();
    try {
      work();
    } finally {
      leave();
    }
    const outputs = new CellOutputs();
    for (const { content, update } of messages) {
      const id = content.transient.display_id ?? "";
      if (update) outputs.update(id, content.data, content.metadata);
      else outputs.take({ header: { msg_type: "display_data" }, content } as unknown as JupyterMessage);
    }
    const left = outputs.outputs().map(output => ("data" in output ? output.data["text/plain"] : undefined));
    return { texts: messages.map(({ content }) => content.data["text/plain"]), left };
  }
  const listener = (): ProgressListener => cellProgress({ interval: 0, patience: 0 });
  const work = (watch: ProgressListener, task = "features", to = 4): void => {
    const meter = new ProgressMeter(task, 4, "images", watch);
    for (let done = 1; done <= to; done++) meter.report(done);
  };

  it("is a line in place with a bar, and one that says what was done in the end", () => {
    const { texts, left } = inCell(() => work(listener()));
    expect(texts).toHaveLength(4);
    expect(texts[2]).toMatch(/^█{15}░{5} features 3\/4 images, .*s left$/);
    expect(left).toEqual([[expect.stringMatching(/^features: 4 images in \d+\.\d s$/)]]);
  });

  it("keeps to one line however many tasks there are", () => {
    const two = inCell(() => {
      const watch = listener();
      for (const task of ["features", "evaluate"]) work(watch, task);
    });
    expect(two.left).toEqual([[expect.stringMatching(/^features: .* s; evaluate: 4 images in/)]]);
    const many = inCell(() => {
      const watch = listener();
      for (let i = 0; i < 9; i++) work(watch, `task ${i}`);
    });
    expect(many.left).toEqual([[expect.stringMatching(/^9 tasks in \d\.\d s; the last: task 8: 4 images in/)]]);
  });

  it("tells nothing of work that is over at once: no output, not even an empty one", () => {
    expect(inCell(() => work(cellProgress()))).toEqual({ texts: [], left: [] });
  });

  it("shows its line under the cell that uses it, also when an earlier one made it", () => {
    const watch = listener();
    expect(inCell(() => work(watch)).left).toHaveLength(1);
    const second = inCell(() => work(watch));
    expect(second.left).toEqual([[expect.stringMatching(/^features: 4 images/)]]);
  });

  it("says how far an interrupted cell came", () => {
    const interruption = new AbortController();
    const shown: unknown[] = [];
    offerCellHost({
      display: ({ data }) => shown.push(data["text/plain"]),
      clearOutput: () => undefined,
      signal: interruption.signal,
    });
    try {
      const watch = listener();
      work(watch, "finished");
      work(watch, "training", 3);
      interruption.abort();
    } finally {
      Reflect.deleteProperty(globalThis, Symbol.for("hashbook.cell-host"));
    }
    expect(shown.at(-1)).toBe("training 3/4 images, interrupted");
  });
});

interface Sent {
  readonly content: DisplayContent;
  readonly update: boolean;
}

/** Puts what stands for tslab's display among the loaded modules, as the kernel has it while a cell runs. */
function pretendToBeACell(): { messages: Sent[]; leave: () => void } {
  const messages: Sent[] = [];
  const lastWriteDisplayData = (content: DisplayContent, update: boolean): void => {
    messages.push({ content, update });
  };
  const loaded = createRequire(import.meta.url).cache as Record<string, unknown>;
  const file = "/pretended/tslab/dist/jupyter.js";
  loaded[file] = { exports: { lastWriteDisplayData } };
  return { messages, leave: () => delete loaded[file] };
}
