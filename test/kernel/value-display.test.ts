import { describe, expect, it } from "vitest";
import { ensureLib } from "../notebook/built-lib.js";
import { runInThread } from "./cells-thread.js";

describe("the last value of a cell", () => {
  it("shows itself, also where the cells have not imported the library; of those that fail the text says so", async () => {
    ensureLib();
    const reports = await runInThread([
      { source: "return [{ a: 1, b: 'x' }, { a: 2.5, b: 'y' }]" },
      { source: "return new Float32Array(1e6)" },
      { source: "return { [Symbol.for('Jupyter.display')]: () => ({ 'text/html': '<b>mine</b>' }) }" },
      { source: "return { [Symbol.for('Jupyter.display')]: () => { throw new RangeError('too far') } }" },
      { source: "return 42" },
    ]);
    const bundles = reports.map(({ messages }) => {
      const result = messages.find(message => message.type === "result");
      return result?.type === "result" ? result.value.data : undefined;
    });
    expect(bundles[0]?.["text/html"]).toContain("<td");
    expect(bundles[0]?.["text/plain"]).toBe("  a  b\n1.0  x\n2.5  y");
    expect(bundles[1]?.["text/plain"]).toMatch(/^float32 1,000,000, 3\.8 MiB; 0 to 0, mean 0\n/);
    expect(bundles[2]?.["text/html"]).toBe("<b>mine</b>");
    expect(bundles[3]?.["text/plain"]).toContain("failed: RangeError: too far)");
    expect(bundles[4]).toEqual({ "text/plain": "42" });
  });
});
