import { describe, expect, it } from "vitest";
import { measuresOf } from "../../src/comparison/measure.js";
import { KNOWN_METRICS } from "../../src/metrics/known-metrics.js";
import { defineMetric } from "../../src/metrics/metric.js";
import { KNOWN_CONVENTIONS } from "../../src/metrics/published.js";

const nameOf = (name: string): string => measuresOf([name])[0].name;

describe("measuresOf", () => {
  it.each([
    ["mAP", "mAP"],
    ["map", "mAP"],
    ["mAP@all", "mAP"],
    ["mAP@5000", "mAP@5000"],
    ["map@5000", "mAP@5000"],
    ["P@H<=2", "P@H≤2"],
    ["p@h≤2", "P@H≤2"],
    ["mAP@H≤2", "mAP@H≤2"],
    ["map@h<=3", "mAP@H≤3"],
    ["P@100", "P@100"],
    ["r@7", "R@7"],
    ["top1", "top-1"],
    ["top-1", "top-1"],
    ["ndcg@100", "NDCG@100"],
    ["mAP@5000:thuml", "mAP@5000:thuml"],
    ["mAP:csq", "mAP:csq"],
  ])("%s is %s", (written, name) => {
    expect(nameOf(written)).toBe(name);
  });

  it("every metric and convention that has a name is a measure, with its definition", () => {
    for (const { name, definition } of KNOWN_METRICS) {
      expect(
        measuresOf([`${name}${name.includes("@") ? "" : name === "ramap" || name === "ramap-plain" ? "" : "@10"}`])[0]
          .definition,
      ).toBe(definition);
    }
    for (const { name, definition, source } of KNOWN_CONVENTIONS) {
      const measure = measuresOf([`mAP@10:${name}`])[0];
      expect(measure.definition).toContain(definition);
      expect(measure.definition).toContain(source);
    }
  });

  it("takes metrics of one's own", () => {
    const own = defineMetric({
      name: "first-rank",
      definition: "1 / first rank",
      perQuery: r => 1 / r.relevantRanks[0],
    });
    expect(measuresOf([own, "mAP"]).map(({ name }) => name)).toEqual(["first-rank", "mAP"]);
  });

  it.each([
    ["mAPP@10", /no measure "mAPP@10"; expected "mAP/],
    ["ndgc@10", /no measure "ndgc@10"; expected "ndcg/],
    ["mAP@0", /number of "mAP@0" is out of range/],
    ["mAP@10:thulm", /no such convention; expected "thuml"/],
    ["acg", /"acg" needs a cutoff/],
    ["", /no measure ""/],
  ])("refuses %s", (name, message) => {
    expect(() => measuresOf([name])).toThrow(message);
  });

  it("refuses one measure twice, however it is written, and none", () => {
    expect(() => measuresOf(["P@H≤2", "p@h<=2"])).toThrow('"P@H≤2" is compared twice');
    expect(() => measuresOf([])).toThrow("nothing is to be measured");
  });
});
