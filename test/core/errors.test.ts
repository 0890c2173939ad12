import { describe, expect, it } from "vitest";
import { EngineError, HashbookError, InputError, UnavailableError, UsageError } from "../../src/core/errors.js";

describe("errors", () => {
  it("say file, problem, expected and found in one line, and keep them as fields", () => {
    const cause = new Error("disk");
    const error = new InputError("wrong shape", { file: "a.npy", expected: "(n, 48)", actual: "(7,)", cause });
    expect(error.message).toBe("a.npy: wrong shape; expected (n, 48); found (7,)");
    expect(error).toMatchObject({
      name: "InputError",
      kind: "input",
      file: "a.npy",
      expected: "(n, 48)",
      actual: "(7,)",
      cause,
    });
    expect(new InputError("plain").message).toBe("plain");
    expect("cause" in new InputError("plain")).toBe(false);
  });

  it.each([
    [InputError, "input"],
    [UsageError, "usage"],
    [EngineError, "engine"],
    [UnavailableError, "unavailable"],
  ])("are told apart by kind", (Type, kind) => {
    const error = new Type("x");
    expect(error.kind).toBe(kind);
    expect(error).toBeInstanceOf(HashbookError);
    expect(error).toBeInstanceOf(Error);
  });
});
