import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { KeptSessions } from "../../src/compute/kept-sessions.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import type { ProgramDefinition } from "../../src/compute/program.js";

class Session {
  released = 0;
  constructor(readonly name: string) {}
  async release(): Promise<void> {
    this.released++;
  }
}

describe("kept sessions", () => {
  const made: Session[] = [];
  const borrow = (sessions: KeptSessions<Session>, name: string) =>
    sessions.borrow(Buffer.from(name), async () => {
      made.push(new Session(name));
      return made[made.length - 1];
    });

  it("serve the next of the same model, one user at a time, and let the oldest go", async () => {
    made.length = 0;
    const sessions = new KeptSessions<Session>(2);
    const a = await borrow(sessions, "a");
    const other = await borrow(sessions, "a");
    expect(other.session).not.toBe(a.session);
    await a.giveBack();
    const again = await borrow(sessions, "a");
    expect(again.session).toBe(a.session);
    await again.giveBack();
    await other.giveBack(); // one of a model is enough
    expect(made.map(({ released }) => released)).toEqual([1, 0]);
    for (const name of ["b", "c"]) await (await borrow(sessions, name)).giveBack();
    expect(made.map(({ name, released }) => [name, released])).toEqual([
      ["a", 1],
      ["a", 1],
      ["b", 0],
      ["c", 0],
    ]);
  });

  it("are none where none is wanted", async () => {
    made.length = 0;
    const sessions = new KeptSessions<Session>(0);
    for (let turn = 0; turn < 2; turn++) await (await borrow(sessions, "a")).giveBack();
    expect(made.map(({ released }) => released)).toEqual([1, 1]);
  });
});

it("an engine that keeps sessions starts each program from its own state, with its own residents", async () => {
  const definition = (start: number, resident: number): ProgramDefinition => ({
    inputs: { x: { shape: [1], dtype: "float32" } },
    resident: { r: { data: Float32Array.of(resident), shape: [1] } },
    state: { s: { data: Float32Array.of(start), shape: [1] } },
    body: ({ x, r, s }) => ({ s: tf.add(s, x), y: tf.mul(s, r) }),
  });
  const engine = onnxEngine("cpu", { threads: 1, keptSessions: 2 });
  const first = await engine.prepare(definition(1, 10));
  expect((await first.run({ x: Float32Array.of(4) })).y.data[0]).toBe(10);
  expect((await first.run({ x: Float32Array.of(4) })).y.data[0]).toBe(50);
  await first.dispose();
  const second = await engine.prepare(definition(2, 3));
  expect((await second.run({ x: Float32Array.of(0) })).y.data[0]).toBe(6);
  expect((await second.readState()).s.data[0]).toBe(2);
  await second.dispose();
});
