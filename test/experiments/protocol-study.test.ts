import { describe, expect, it } from "vitest";
import { multiHotLabels } from "../../src/core/labels.js";
import type { Dataset } from "../../src/datasets/dataset.js";
import { protocolFacts } from "../../src/experiments/protocol-study.js";
import { protocolOf } from "../../src/protocols/known-protocols.js";
import { greyDataset } from "../features/fake.js";

describe("protocolFacts", () => {
  it("counts roles, overlaps and labels, and how much of the database is relevant", () => {
    // Rows 0..3 carry classes {0}, {0, 1}, {}, {2}.
    const matrix = Uint8Array.of(1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1);
    const dataset: Dataset = {
      ...greyDataset(4),
      classNames: ["a", "b", "c"],
      labels: multiHotLabels({ data: matrix, shape: [4, 3] }),
    };
    const split = {
      protocol: "made up",
      asPublished: "nowhere",
      seed: 0,
      query: Int32Array.of(0, 2),
      train: Int32Array.of(3),
      database: Int32Array.of(0, 1),
    };
    const facts = protocolFacts({ dataset, split, protocol: protocolOf("coco") });
    const of = Object.fromEntries(facts.map(({ what, here, protocol }) => [what, [here, protocol]]));
    expect(of.query).toEqual(["2", "5,000"]);
    expect(of.database).toEqual(["2", "112,218"]);
    expect(of.classes).toEqual(["3", "80"]);
    expect(of["queries in the database"]).toEqual(["1", "5,000"]);
    expect(of["queries without a label"]).toEqual(["1", "0"]);
    expect(of["R of mAP@R"]).toEqual(["5,000", "5,000"]);
    expect(of["labels an image, mean"]).toEqual(["1.00", "–"]); // four labels on four images
    expect(of["relevant items a query, mean"]).toEqual(["1", "–"]); // two, and none
    expect(of["their share of the database"]).toEqual(["0.500", "–"]);
  });
});
