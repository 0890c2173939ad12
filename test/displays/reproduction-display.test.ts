import { expect, it } from "vitest";
import { displayOf } from "../../src/core/display.js";
import { registerKnownDisplays } from "../../src/displays/known-displays.js";
import type { Reproduction } from "../../src/reproduction/reproduction.js";

it("shows the verdict on each run, what tells most against it, and what is not as it was", async () => {
  registerKnownDisplays();
  const furthest = { measure: "top1", recorded: 0.778, now: 0.841, seedReach: 0.0714 };
  const reproduction: Reproduction = {
    study: "paper",
    tolerance: 0.003,
    accept: "spread",
    holds: true,
    runs: [
      { name: "lsh-48-s0", verdict: "bit-equal", changed: [], measures: [], seconds: 1.25 },
      {
        ...{ name: "dch-48-s0", verdict: "within the spread of its seeds", changed: ["processor: B, was A <a>"] },
        ...{ measures: [furthest], furthest, seeds: 3, seconds: 20 },
      },
    ],
  };
  const { data } = await displayOf(reproduction);
  const text = String(data["text/plain"]);
  expect(text).toMatch(/lsh-48-s0 +bit-equal +– +– +– +– +1\.[23]\n/);
  expect(text).toMatch(/dch-48-s0 +within the spread of its seeds +top1 +0\.7780 +0\.8410 +± 0\.0714, by 3 +20\.0\n/);
  expect(text).toContain("Study paper, run again: 1 bit-equal, 1 within the spread of its seeds.");
  expect(text).toContain("Not as it was: processor: B, was A <a> (dch-48-s0)");
  expect(String(data["text/html"])).toContain("was A &lt;a&gt;");
});
