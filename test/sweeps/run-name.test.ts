import { describe, expect, it } from "vitest";
import type { NamedSettings } from "../../src/sweeps/run-name.js";
import { runName, settingsApart, settingsText } from "../../src/sweeps/run-name.js";

const front = { method: "dch", bits: 48, seed: 0 };
const defaults: NamedSettings = {
  ...front,
  ...{ epochs: 30, hidden: [256], optimizer: { kind: "adam", weightDecay: 0 }, options: { gamma: 20, lambda: 0.1 } },
};
const nameOf = (settings: NamedSettings): string => runName(front, settingsApart(settings, defaults));

describe("runName", () => {
  it("says what differs from the defaults, by its dotted name, in alphabetical order", () => {
    expect(nameOf(defaults)).toBe("dch-48-s0");
    const settings = { ...defaults, epochs: 60, options: { lambda: 0.1, gamma: 5 } };
    expect(nameOf(settings)).toBe("dch-48-s0-epochs=60-gamma=5");
    expect(settingsText(settingsApart(settings, defaults))).toBe("epochs=60, gamma=5");
    const grouped = { ...defaults, optimizer: { weightDecay: 1e-7, kind: "adamw" }, hidden: [512, 256] };
    expect(nameOf(grouped)).toBe("dch-48-s0-hidden=512+256-optimizer.kind=adamw-optimizer.weightDecay=1e-7");
    expect(nameOf({ ...defaults, hidden: [] })).toBe("dch-48-s0-hidden=none");
    expect(nameOf({ ...defaults, method: { name: "dch", options: {} }, bits: 16, seed: 3 })).toBe("dch-48-s0");
  });

  it("is a file name on every system, of at most 100 characters; other settings have another name", () => {
    const odd = ["a/b", "a\\b", "a:b", "a b", "é", "a.", "…", "*", "con.", "x".repeat(90), "x".repeat(91)];
    const names = odd.map(kind => nameOf({ ...defaults, optimizer: { kind, weightDecay: 0 } }));
    expect(new Set(names).size).toBe(odd.length);
    for (const name of names) {
      expect(name).toMatch(/^[A-Za-z0-9_.=+-]{1,100}$/);
      expect(name).toMatch(/[A-Za-z0-9_]$/);
    }
    expect(names[0]).toMatch(/^dch-48-s0-[0-9a-f]{12}$/);
  });
});
