import { createRequire } from "node:module";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { DisplayContent } from "../../src/core/cell-host.js";
import { ProgressMeter } from "../../src/core/progress.js";
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

  it("leaves no output in the cell when the work is done, or the one line it is asked to keep", () => {
    const { messages, leave } = pretendToBeACell();
    try {
      for (const options of [{}, { keep: true }]) {
        const meter = new ProgressMeter("features", 3, "images", cellProgress({ interval: 0, ...options }));
        for (let done = 1; done <= 3; done++) meter.report(done);
      }
    } finally {
      leave();
    }
    const outputs = new CellOutputs();
    for (const { content, update } of messages) {
      const id = content.transient.display_id ?? "";
      if (update) outputs.update(id, content.data, content.metadata);
      else outputs.take({ header: { msg_type: "display_data" }, content } as unknown as JupyterMessage);
    }
    expect(messages.filter(({ update }) => !update)).toHaveLength(2);
    // A notebook that another program files keeps the display, with nothing to show in it.
    expect(messages.map(({ content }) => content.data)).toContainEqual({});
    const texts = outputs.outputs().map(output => ("data" in output ? output.data["text/plain"] : undefined));
    expect(texts).toEqual([[expect.stringMatching(/^features: 3 images in/)]]);
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
