import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/core/random.js";
import { csq } from "../../src/methods/csq.js";
import { methodGoldens } from "./method-cases.js";
import { describeLoss, mean } from "./method-suite.js";

describeLoss(csq, {
  options: fc.record({ lambda: fc.constantFrom(0, 1e-4, 1) }),
  naive: ({ codes, labels, options: { lambda }, arrays: { centres, ties } }) => {
    const terms = codes.flatMap((z, i) =>
      z.map((value, bit) => {
        const votes = labels[i].reduce((sum, has, c) => sum + has * centres[c][bit], 0);
        const target = (votes === 0 ? ties[0][bit] : Math.sign(votes)) === 1 ? 1 : 0;
        const p = (1 + Math.tanh(value)) / 2;
        return -target * Math.log(p) - (1 - target) * Math.log(1 - p);
      }),
    );
    return mean(terms) + lambda * mean(codes.flat().map(z => (Math.abs(Math.tanh(z)) - 1) ** 2));
  },
});

describe("CSQ's constants", () => {
  it("are the peer's centres where there is a Hadamard matrix", () => {
    const goldens = methodGoldens("csq").filter(({ bits }) => bits === 16);
    expect(goldens.length).toBeGreaterThan(2);
    for (const { bits, classes, constants } of goldens) {
      const drawn = csq.constants!({ bits, classes, inputDim: 1 }, { lambda: 0 }, new Random(1));
      expect(drawn.centres).toEqual(constants.centres);
      expect([...drawn.ties.data].every(tie => Math.abs(tie) === 1)).toBe(true);
    }
  });
});
