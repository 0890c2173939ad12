import { expect, it } from "vitest";
import { stepsACall } from "../../src/training/steps-a-call.js";

it.each([
  ["a small head: as many as there may be", 128, 1280 * 256 + 256 * 48, 64],
  ["a larger one: fewer", 128, 2048 * 512 + 512 * 64, 28],
  ["a large one: never under 16", 256, 2048 * 1024 + 1024 * 64, 16],
])("%s", (_, batch, parameters, steps) => {
  expect(stepsACall(batch, parameters)).toBe(steps);
});
