import { describe, expect, it } from "vitest";
import type { ColouredName } from "../../src/plots/style.js";
import {
  bitsDashes,
  classMarker,
  legendKeys,
  methodColours,
  methodLooks,
  okabeIto,
  seriesStyles,
} from "../../src/plots/style.js";

const named = (...methods: string[]): ColouredName[] => methods.map(method => ({ method }));

describe("methodColours", () => {
  it("gives the methods of the project their fixed colours, by the first word of the name", () => {
    const colours = methodColours(named("LSH", "DCH (γ = 10)", "HashNet", "cosine on features", "DCH (γ = 10)"));
    expect(Object.fromEntries(colours)).toEqual({
      LSH: okabeIto.grey,
      "DCH (γ = 10)": okabeIto.vermillion,
      HashNet: okabeIto.blue,
      "cosine on features": okabeIto.black,
    });
  });

  it("gives other methods colours that none of the fixed ones has", () => {
    const others = [...methodColours(named("CSQ", "HashNet", "GreedyHash")).values()];
    expect(new Set(others).size).toBe(3);
    expect(others[0]).toBe(okabeIto.green);
  });

  it("takes the colour that is given, and gives nobody else that one", () => {
    const colours = methodColours([
      { method: "mine", colour: okabeIto.green },
      { method: "DCH, but mine", colour: "next" },
      { method: "DCH" },
    ]);
    expect(colours.get("mine")).toBe(okabeIto.green);
    expect(colours.get("DCH")).toBe(okabeIto.vermillion);
    expect([okabeIto.green, okabeIto.vermillion]).not.toContain(colours.get("DCH, but mine"));
  });
});

describe("methodLooks", () => {
  it("tells settings of one method, and 30 methods, apart", () => {
    const settings = methodLooks(
      [5, 10, 20].map(gamma => ({ method: `DCH (γ = ${gamma})`, colour: okabeIto.vermillion })),
    );
    expect(settings.get("DCH (γ = 5)")).toEqual({ colour: okabeIto.vermillion, variant: 0 });
    expect(new Set([...settings.values()].map(({ colour }) => colour)).size).toBe(3);
    const many = Array.from({ length: 30 }, (_, i) => ({ method: `M${i}`, bits: 48 }));
    expect(new Set(seriesStyles(many).map(({ line }) => JSON.stringify(line))).size).toBe(30);
  });
});

describe("legendKeys", () => {
  const product = (methods: readonly string[], lengths: readonly number[]) =>
    methods.flatMap(method => lengths.map(bits => ({ method, bits })));

  it("stand for series of methods and lengths where they are fewer", () => {
    const series = product(["DCH", "HashNet", "ITQ"], [16, 32, 48, 64]);
    const names = legendKeys(series).map(key => (key as { name: string }).name);
    expect(names).toEqual(["DCH", "HashNet", "ITQ", "16 bits", "32 bits", "48 bits", "64 bits"]);
    expect(seriesStyles(series).every(({ showlegend }) => showlegend === false)).toBe(true);
  });

  it.each([
    ["of one length", product(["DCH", "HashNet", "ITQ"], [48])],
    ["that are as few", product(["DCH", "HashNet"], [16, 32])],
    ["of several seeds", [...product(["DCH", "HashNet"], [16, 32]), ...product(["DCH", "HashNet"], [16, 32])]],
  ])("do not for series %s", (_, series) => {
    expect(legendKeys(series)).toEqual([]);
    expect(seriesStyles(series).some(({ showlegend }) => showlegend === false)).toBe(false);
  });
});

describe("bitsDashes", () => {
  it("keeps one style for a number of bits whatever else is in the figure", () => {
    const all = bitsDashes([16, 32, 48, 64]);
    expect(new Set(all.values()).size).toBe(4);
    for (const bits of [16, 32, 48, 64]) expect(bitsDashes([bits]).get(bits)).toBe(all.get(bits));
  });

  it("keeps close numbers of bits apart", () => {
    expect(new Set(bitsDashes([12, 16, 20, 24]).values()).size).toBe(4);
  });
});

describe("classMarker", () => {
  it("tells 60 classes apart by colour and symbol", () => {
    const looks = Array.from({ length: 60 }, (_, label) => JSON.stringify(classMarker(label)));
    expect(new Set(looks).size).toBe(60);
  });
});

describe("seriesStyles", () => {
  it("names series by method and bits", () => {
    const styles = seriesStyles([{ method: "DCH", bits: 48 }, { method: "cosine" }]);
    expect(styles.map(s => s.name)).toEqual(["DCH, 48 bits", "cosine"]);
  });
});
