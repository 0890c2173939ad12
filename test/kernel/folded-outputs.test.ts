import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FoldedOutputs, type Output } from "../../src/kernel/folded-outputs.js";

function folding(): { outputs: FoldedOutputs; sent: Output[] } {
  const sent: Output[] = [];
  return { outputs: new FoldedOutputs(output => void sent.push(output)), sent };
}
const stream = (text: string, name = "stdout", cell = "1"): Output => ({
  cell,
  type: "stream",
  content: { name, text },
});
const display = (data: string, id?: string, cell = "1"): Output => {
  return { cell, type: "display_data", content: { data, transient: id === undefined ? {} : { display_id: id } } };
};
const update = (data: string, id: string): Output => ({ ...display(data, id), type: "update_display_data" });
const clear = (wait: boolean): Output => ({ cell: "1", type: "clear_output", content: { wait } });
const shown = (sent: readonly Output[]): unknown[] =>
  sent.map(({ type, content }) => content.text ?? content.data ?? type);

describe("folded outputs", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
  afterEach(() => void vi.useRealTimers());

  it("100,000 lines arrive whole and in order, in few messages", async () => {
    const { outputs, sent } = folding();
    let text = "";
    for (let line = 0; line < 100_000; line++) {
      text += `line ${line}\n`;
      outputs.push(stream(`line ${line}\n`));
      if (line % 1000 === 0) await vi.advanceTimersByTimeAsync(1);
    }
    await outputs.flush();
    expect(shown(sent).join("")).toBe(text);
    expect(sent.length).toBeLessThanOrEqual(4); // in 100 ms
  });

  it("stdout, stderr and displays keep their order", async () => {
    const { outputs, sent } = folding();
    for (const one of [
      stream("a"),
      stream("b"),
      stream("c", "stderr"),
      display("d"),
      stream("e"),
      stream("f", "stdout", "2"),
    ]) {
      outputs.push(one);
    }
    await outputs.flush();
    expect(shown(sent)).toEqual(["ab", "c", "d", "e", "f"]);
  });

  it("a flood that changes streams with every line becomes few messages, in order in each stream", async () => {
    const { outputs, sent } = folding();
    for (let i = 0; i < 5000; i++) outputs.push(stream(`${i} `, i % 2 === 0 ? "stdout" : "stderr"));
    await outputs.flush();
    expect(sent.length).toBeLessThan(60);
    for (const [name, odd] of [
      ["stdout", 0],
      ["stderr", 1],
    ] as const) {
      const text = shown(sent.filter(one => one.content.name === name)).join("");
      const expected = Array.from({ length: 2500 }, (_, i) => `${2 * i + odd} `);
      expect(text).toBe(expected.join(""));
    }
  });

  it("of a display's updates the last counts, of each display", async () => {
    const { outputs, sent } = folding();
    outputs.push(display("0", "x"));
    for (let i = 1; i <= 1000; i++) {
      outputs.push(update(`x${i}`, "x"));
      outputs.push(update(`y${i}`, "y"));
    }
    await outputs.flush();
    expect(shown(sent)).toEqual(["0", "x1000", "y1000"]);
  });

  it("nothing is sent that a later clearing takes away, but what was there stays until it is replaced", async () => {
    const { outputs, sent } = folding();
    for (const one of [stream("a"), display("b", "x", "2"), clear(true)]) outputs.push(one);
    await outputs.flush();
    expect(shown(sent)).toEqual(["a", "b", "clear_output"]);
    sent.length = 0;
    for (let i = 0; i < 100; i++) {
      outputs.push(clear(true));
      outputs.push(display(String(i)));
    }
    await outputs.flush();
    expect(shown(sent)).toEqual(["clear_output", "99"]);
    sent.length = 0;
    for (const one of [display("gone"), clear(false), display("stays")]) outputs.push(one);
    await outputs.flush();
    expect(shown(sent)).toEqual(["clear_output", "stays"]);
  });

  it("a long text goes in parts of 2^20 units, then of as many as were sent before; none cuts a character in two", async () => {
    const { outputs, sent } = folding();
    const text = `x${"😀".repeat(5_000_000)}`;
    for (const part of [text, text]) {
      outputs.push(stream(part));
      await outputs.flush();
    }
    expect(shown(sent).join("") === text + text).toBe(true);
    expect(sent.length).toBe(6);
    let before = 0;
    for (const { content } of sent) {
      const part = content.text as string;
      expect(part.length).toBeLessThanOrEqual(Math.max(2 ** 20, before));
      expect(/[\ud800-\udbff]$/.test(part)).toBe(false);
      before += part.length;
    }
  });

  it("more displays than front ends bear are all sent, but more slowly than 1,000 a second over 3 s", async () => {
    const sent: Output[] = [];
    const times: number[] = [];
    const paced = new FoldedOutputs(output => {
      sent.push(output);
      times.push(performance.now());
    });
    for (let i = 0; i < 4500; i++) paced.push(display(String(i)));
    const flushed = paced.flush();
    await vi.runAllTimersAsync();
    await flushed;
    expect(shown(sent)).toEqual(Array.from({ length: 4500 }, (_, i) => String(i)));
    const most = Math.max(...times.map((time, i) => times.filter((t, j) => j >= i && t - time < 3000).length));
    expect(most).toBeLessThanOrEqual(3000);
    expect(times.at(-1)! - times[0]).toBeGreaterThan(5900); // 1,500 at once, the others at 500 a second
    expect(times.at(-1)! - times[0]).toBeLessThan(6500);
  });
});
