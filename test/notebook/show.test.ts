import { createRequire } from "node:module";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type DisplayContent, offerCellHost } from "../../src/core/cell-host.js";
import { registerKnownDisplays } from "../../src/displays/known-displays.js";
import { show } from "../../src/notebook/display.js";

const HOST = Symbol.for("hashbook.cell-host");
const TSLAB = "/pretended/tslab/dist/jupyter.js";
const loaded = createRequire(import.meta.url).cache as Record<string, unknown>;
const rows = [{ method: "DCH", mAP: 0.5 }];

let sent: DisplayContent[];
beforeEach(() => {
  sent = [];
  registerKnownDisplays();
});
afterEach(() => {
  Reflect.deleteProperty(globalThis, HOST);
  delete loaded[TSLAB];
  vi.restoreAllMocks();
});

describe("show", () => {
  const table = [
    { metadata: {}, transient: {}, data: expect.objectContaining({ "text/plain": "method  mAP\nDCH     0.5" }) },
  ];

  it("shows in a cell of our kernel what a last value shows", async () => {
    const display = (content: DisplayContent): void => void sent.push(content);
    offerCellHost({ display, clearOutput: () => undefined, signal: undefined });
    await show(rows);
    expect(sent).toEqual(table);
    expect(sent[0].data["text/html"]).toContain("<table>");
  });

  it("shows the same in plain tslab", async () => {
    loaded[TSLAB] = { exports: { lastWriteDisplayData: (content: DisplayContent) => sent.push(content) } };
    await show(rows);
    expect(sent).toEqual(table);
    await show(new Date(0));
    expect(sent[1].data).toEqual({ "text/plain": "1970-01-01T00:00:00.000Z" });
  });

  it("says it on stderr outside of a notebook", async () => {
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    await show(rows);
    expect(write.mock.calls).toEqual([["method  mAP\nDCH     0.5\n"]]);
  });
});
