import { describe, expect, it } from "vitest";
import { protocolRows } from "../../src/experiments/protocol-rows.js";
import type { SearchResult } from "../../src/experiments/result.js";
import { protocolOf } from "../../src/protocols/known-protocols.js";

const coco = protocolOf("coco");

/** A result of which only the headline counts. */
function result(method: string, bits: number | null, values?: [number, number], seed?: number): SearchResult {
  const headline =
    values === undefined
      ? undefined
      : {
          protocol: "coco",
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
    const of = (method: string, bits: number | null) => protocolRows([result(method, bits)], nus);
    const published = nus.published.filter(
      one => one.method === "hashnet" && one.bits === 48 && /^mAP/.test(one.metric),
    );
    expect(of("hashnet", 48).map(row => row.published)).toEqual(published.map(({ value }) => value));
    expect(of("lsh", 47)).toEqual([
      { method: "LSH", bits: 47, "mAP@5000": "–", "as thuml-caffe": "–", published: "–", "published with": "–" },
    ]);
    expect(of("cosine", null)[0].bits).toBe("–");
  });
});
