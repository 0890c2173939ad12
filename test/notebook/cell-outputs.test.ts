import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CellOutputs, foldCarriageReturns } from "../../src/notebook/cell-outputs.js";
import type { JupyterMessage } from "../../src/notebook/jupyter-message.js";

function message(msg_type: string, content: Record<string, unknown>): JupyterMessage {
  const header = { msg_id: "1", session: "", username: "", date: "", version: "5.3", msg_type };
  return { header, parent_header: {}, metadata: {}, content };
}
const stream = (name: string, text: string): JupyterMessage => message("stream", { name, text });
const display = (data: object, display_id?: string): JupyterMessage =>
  message("display_data", { data, metadata: {}, transient: display_id ? { display_id } : {} });

function outputsOf(...messages: JupyterMessage[]): unknown[] {
  const outputs = new CellOutputs();
  for (const each of messages) outputs.take(each);
  return outputs.outputs();
}

describe("foldCarriageReturns", () => {
  it("writes over a line from its start", () => {
    expect(foldCarriageReturns("10 %\r20 %\r100 %\ndone\r\n")).toBe("100 %\ndone\n");
    expect(foldCarriageReturns("long line\rab")).toBe("abng line");
    expect(foldCarriageReturns("long line\r\u001b[Kab")).toBe("ab");
  });

  it("leaves text without carriage returns alone", () => {
    fc.assert(fc.property(fc.string(), text => text.includes("\r") || foldCarriageReturns(text) === text));
  });

  // An independent terminal: one character after the other into rows.
  it("shows what a terminal shows", () => {
    const terminal = (text: string): string => {
      const rows: string[][] = [[]];
      let column = 0;
      for (const character of text) {
        if (character === "\n") {
          rows.push([]);
          column = 0;
        } else if (character === "\r") column = 0;
        else {
          rows[rows.length - 1][column] = character;
          column++;
        }
      }
      return rows.map(row => row.join("")).join("\n");
    };
    const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "\r", "\n"), maxLength: 30 });
    fc.assert(fc.property(text, t => foldCarriageReturns(t) === terminal(t)));
  });
});

describe("CellOutputs", () => {
  it("joins neighbouring texts of one stream, also across a carriage return", () => {
    expect(
      outputsOf(stream("stdout", "a 1\r"), stream("stdout", "a 2\nb"), stream("stderr", "!"), stream("stdout", "c")),
    ).toEqual([
      { output_type: "stream", name: "stdout", text: ["a 2\n", "b"] },
      { output_type: "stream", name: "stderr", text: ["!"] },
      { output_type: "stream", name: "stdout", text: ["c"] },
    ]);
  });

  it("keeps JSON as it is, text as lines and base64 in one piece", () => {
    const data = {
      "application/vnd.plotly.v1+json": { data: [1] },
      "image/svg+xml": "<svg>\n</svg>",
      "image/png": "iVBO\nRw0K",
      "text/plain": "x",
    };
    expect(outputsOf(display(data))).toEqual([
      {
        output_type: "display_data",
        metadata: {},
        data: { ...data, "image/svg+xml": ["<svg>\n", "</svg>"], "text/plain": ["x"] },
      },
    ]);
  });

  it("updates displays in place and drops those that became empty", () => {
    const outputs = new CellOutputs();
    outputs.take(display({ "text/plain": "1/2" }, "a"));
    outputs.take(display({ "text/plain": "1/9" }, "b"));
    expect(outputs.update("a", { "text/plain": "2/2" }, {})).toBe(true);
    expect(outputs.update("b", { "text/plain": "" }, {})).toBe(true);
    expect(outputs.update("c", { "text/plain": "?" }, {})).toBe(false);
    expect(outputs.outputs()).toEqual([{ output_type: "display_data", metadata: {}, data: { "text/plain": ["2/2"] } }]);
  });

  it("clears at once or when the next output comes", () => {
    expect(outputsOf(stream("stdout", "a"), message("clear_output", { wait: false }))).toEqual([]);
    const waits = outputsOf(stream("stdout", "a"), message("clear_output", { wait: true }));
    expect(waits).toHaveLength(1);
    const replaced = outputsOf(stream("stdout", "a"), message("clear_output", { wait: true }), stream("stdout", "b"));
    expect(replaced).toEqual([{ output_type: "stream", name: "stdout", text: ["b"] }]);
  });

  it("keeps errors as they come, between what else the cell says", () => {
    const error = {
      ename: "RangeError",
      evalue: "too far",
      traceback: ["RangeError: too far", "    at cell 1, line 2"],
    };
    const outputs = new CellOutputs();
    outputs.take(stream("stderr", "a warning\n"));
    outputs.take(message("error", error));
    outputs.take(stream("stdout", "late\n"));
    expect(outputs.failWith("TimeoutError", "took long").traceback).toEqual(["TimeoutError: took long"]);
    expect(outputs.outputs()).toMatchObject([
      { output_type: "stream", name: "stderr", text: ["a warning\n"] },
      { output_type: "error", ...error },
      { output_type: "stream", name: "stdout" },
      { output_type: "error", ename: "TimeoutError" },
    ]);
  });
});
