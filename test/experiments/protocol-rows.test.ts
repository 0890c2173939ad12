import { describe, expect, it } from "vitest";
import { protocolRows } from "../../src/experiments/protocol-rows.js";
import type { SearchResult } from "../../src/experiments/result.js";
import { protocolOf } from "../../src/protocols/known-protocols.js";

const coco = protocolOf("coco");

/** A result of which only the headline counts. */
function result(
  method: string,
  bits: number | null,
  values?: [number, number],
  seed?: number,
  protocol = "coco",
): SearchResult {
  const headline =
    values === undefined
      ? undefined
      : {
          protocol,
          cutoff: 5000,
          ours: { tieAware: values[0], stable: 0 },
          papers: { convention: "thuml-caffe" as const, value: values[1], unlabelled: "keep" as const },
        };
  return { method, title: method.toUpperCase(), bits, seed, headline } as unknown as SearchResult;
}

describe("protocolRows", () => {
  it("puts ours, ours as the papers measure, and the published figure into a row; seeds share one", () => {
    const seeds = [0, 1, 2].map(seed => result("hashnet", 48, [0.5 + seed / 100, 0.7 + seed / 100], seed));
    const [row, ...rest] = protocolRows(seeds, coco);
    expect(rest).toEqual([]);
    expect(row).toMatchObject({ method: "HASHNET", bits: 48, published: 0.7301 });
    expect(row["mAP@5000"]).toBe("0.510 ± 0.010");
    expect(row["as thuml-caffe"]).toBe("0.710 ± 0.010");
    expect(row["published with"]).toContain("from memory");
  });

  it("has a row a published figure, and dashes where there is none", () => {
    const nus = protocolOf("nuswide-81");
    const of = (method: string, bits: number | null) =>
      protocolRows([result(method, bits, [0.5, 0.7], undefined, "nuswide-81")], "nuswide-81");
    const published = nus.published.filter(
      one => one.method === "hashnet" && one.bits === 48 && /^mAP/.test(one.metric),
    );
    expect(of("hashnet", 48).map(row => row.published)).toEqual(published.map(({ value }) => value));
    expect(of("lsh", 47)).toEqual([
      { method: "LSH", bits: 47, "mAP@5000": 0.5, "as thuml-caffe": 0.7, published: "–", "published with": "–" },
    ]);
    expect(of("cosine", null)[0].bits).toBe("–");
  });

  it("refuses what was not measured by the protocol, and what is no result, saying what would do", () => {
    expect(() => protocolRows([result("dch", 16)], coco)).toThrow(
      /^result 0 has no headline of protocol coco; expected results measured by protocol coco.*dch, measured by none/,
    );
    const other = result("dch", 16, [0.5, 0.7], 0, "voc2012");
    expect(() => protocolRows([result("dch", 16, [0.5, 0.7]), other], coco)).toThrow(/^result 1 .*measured by voc2012/);
    const experiment = { record: result("dch", 16, [0.5, 0.7]) } as never;
    expect(() => protocolRows([experiment], coco)).toThrow(/its record/);
    expect(() => protocolRows({ results: [] } as never, coco)).toThrow(/^these are no results; expected .*the results/);
    expect(() => protocolRows([undefined as never], "coco")).toThrow(/^result 0/);
    expect(() => protocolRows([], "cocoa")).toThrow('there is no protocol "cocoa"');
  });
});
