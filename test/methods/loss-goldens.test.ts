import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { useTestBackend } from "../backbone/wasm.js";
import { headCases, lossCases, relativeError } from "./loss-cases.js";
import { runEagerly } from "./run-case.js";

describe.each(["wasm", "cpu"] as const)("losses on %s", backend => {
  beforeAll(() => useTestBackend(backend));

  it.each([...lossCases(), ...headCases()])("$name: value and gradients equal PyTorch's", golden => {
    const before = tf.memory().numTensors;
    const actual = runEagerly(golden);
    expect(tf.memory().numTensors).toBe(before);
    expect(Object.keys(actual).sort()).toEqual(Object.keys(golden.expected).sort());
    for (const [name, { data }] of Object.entries(golden.expected)) {
      expect(relativeError(actual[name], data), name).toBeLessThan(golden.tolerance);
    }
  });
});
