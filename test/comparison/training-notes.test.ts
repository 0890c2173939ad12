import { describe, expect, it } from "vitest";
import type { EntryRuns } from "../../src/comparison/compared-runs.js";
import { trainingNotes } from "../../src/comparison/training-notes.js";

function entry(title: string, kind: "trained" | "fitted", config: object): EntryRuns {
  const record = { kind, config: { method: title, bits: 16, seed: 0, options: { own: title }, ...config } };
  return { title, method: title, bits: 16, runs: [{ record }] } as unknown as EntryRuns;
}

describe("trainingNotes", () => {
  it("tells which settings of all trainings differ, groups by their dotted names, and whose", () => {
    const entries = [
      entry("A", "trained", { epochs: 10, batch: 32, optimizer: { kind: "adam" } }),
      entry("B", "trained", { epochs: 15, batch: 32, optimizer: { kind: "sgd" } }),
      entry("C", "trained", { epochs: 15, batch: 32, optimizer: { kind: "adam" } }),
      entry("L", "fitted", {}),
    ];
    expect(trainingNotes(entries)).toEqual([
      "Trainings differ in epochs: 10 (A), 15 (B, C); optimizer.kind: adam (A, C), sgd (B).",
    ]);
  });

  it("tells three with their values, and of others the names", () => {
    const some = { a: 1, b: 1, c: 1, d: 1, e: 1 };
    const others = { a: 2, b: 2, c: 2, d: 2, e: 1 };
    const [note] = trainingNotes([entry("A", "trained", some), entry("B", "trained", others)]);
    expect(note).toBe("Trainings differ in a: 1 (A), 2 (B); b: 1 (A), 2 (B); c: 1 (A), 2 (B); and in d.");
  });

  it("says nothing where all were trained alike but for options of their own, and of fits", () => {
    expect(trainingNotes([entry("A", "trained", { epochs: 3 }), entry("B", "trained", { epochs: 3 })])).toEqual([]);
    expect(trainingNotes([entry("A", "trained", { epochs: 3 }), entry("L", "fitted", {})])).toEqual([]);
  });
});
