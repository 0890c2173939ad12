import { describe, expect, it } from "vitest";
import { drawnBy } from "../../src/protocols/drawn-roles.js";
import { protocolOf } from "../../src/protocols/known-protocols.js";
import { figureText, headlineName, publishedBeside, whatDiffers } from "../../src/protocols/what-differs.js";

const coco = protocolOf("coco");

describe("publishedBeside", () => {
  it("gives figures of the protocol's mAP@R at that length, and of a method where one is named", () => {
    expect(headlineName(coco)).toBe("mAP@5000");
    expect(headlineName({})).toBe("mAP@all");
    expect(publishedBeside(coco, { bits: 32 }).map(({ method, value }) => [method, value])).toEqual([
      ["hashnet", 0.7184],
      ["csq", 0.838],
    ]);
    expect(publishedBeside(coco, { method: "csq", bits: 48 })).toEqual([]);
    expect(publishedBeside(coco, { method: "cosine", bits: null })).toEqual([]);
    // MAP@H≤2 is another figure, whatever the method and length.
    expect(publishedBeside(protocolOf("coco-swuxyj"), { method: "dch", bits: 16 })).toEqual([]);
  });

  it("says where a figure is from, and that it was not looked up", () => {
    const [hashnet, csq] = publishedBeside(coco, { bits: 32 });
    expect(figureText(hashnet)).toMatch(/^AlexNet, trained end to end; Cao.*; from memory, not looked up$/);
    expect(figureText(csq)).not.toContain("memory");
  });
});

describe("whatDiffers", () => {
  const COCO = { name: "coco", asPublished: "thuml's lists" };
  const counts = { query: 5000, train: 10_000, database: 112_218, classes: 80 };

  it("names other counts, the network, and made images", () => {
    expect(whatDiffers(coco, { counts, roles: COCO })).toEqual([]);
    const said = whatDiffers(coco, {
      counts: { ...counts, query: 30, database: 107_218, train: undefined },
      roles: COCO,
      backbone: "efficientnet-lite0",
      synthetic: true,
    });
    expect(said).toHaveLength(3);
    expect(said[0]).toContain("made here");
    expect(said[1]).toBe(
      "Here: features of efficientnet-lite0, frozen; the published: AlexNet, trained end to end; ResNet50, trained end to end.",
    );
    const [tuned] = whatDiffers(coco, { counts, roles: COCO, backbone: "resnet50", fineTuned: true });
    expect(tuned).toMatch(/^Here: features of resnet50, fine-tuned; the published: /);
    expect(said[2]).toBe(
      "Other counts than the protocol's: query 30 instead of 5,000, database 107,218 instead of 112,218.",
    );
  });

  it("names overlaps that are not the protocol's, with equal counts or others", () => {
    const rows = (begin: number, end: number) => Int32Array.from({ length: end - begin }, (_, i) => begin + i);
    const published = { query: rows(0, 5000), database: rows(0, 112_218), train: rows(112_218, 122_218) };
    expect(whatDiffers(coco, { counts, roles: { ...COCO, ...published } })).toEqual([]);
    const apart = { query: rows(112_218, 117_218), database: published.database, train: rows(0, 10_000) };
    expect(whatDiffers(coco, { counts, roles: { ...COCO, ...apart } })).toEqual([
      "The roles overlap otherwise than the protocol's: 0 queries in the database instead of all 5,000, " +
        "0 train images outside the database instead of all 10,000.",
    ]);
    // A sample of the queries, or fewer: all of them still stand in the database.
    const few = { ...published, query: rows(0, 300) };
    for (const split of [published, few]) {
      expect(whatDiffers(coco, { counts: { ...counts, query: 300 }, roles: { ...COCO, ...split } })).toEqual([
        "Other counts than the protocol's: query 300 instead of 5,000.",
      ]);
    }
    const cifar = protocolOf("cifar10");
    const seven = { query: rows(53_993, 54_993), database: rows(0, 54_000), train: rows(55_000, 60_000) };
    expect(
      whatDiffers(cifar, { counts: { ...cifar.expected, database: 54_000 }, roles: { name: "cifar10", ...seven } }),
    ).toEqual(["The roles overlap otherwise than the protocol's: 7 queries in the database instead of none."]);
  });

  it("says that lists of a rule were drawn here", () => {
    const { expected } = protocolOf("cifar10");
    const same = { counts: { ...expected, database: 54_000 } };
    const drawn = { name: "cifar10", asPublished: drawnBy("somebody") };
    const said = whatDiffers(protocolOf("cifar10"), { ...same, roles: drawn });
    expect(said).toEqual(["The lists were drawn here by the protocol's rule: the images of each role are others."]);
    // MIRFlickr has a rule, and published lists too.
    const published = { query: 1000, train: 4000, database: 20_000, classes: 38 };
    expect(
      whatDiffers(protocolOf("mirflickr"), { counts: published, roles: { name: "mirflickr", asPublished: "a list" } }),
    ).toEqual([]);
  });

  it("says that the roles are of another protocol, or of nobody knows which, though the counts are the same", () => {
    const [other, ...none] = whatDiffers(coco, { counts, roles: { name: "cifar10" } });
    expect([other, none]).toEqual(["The images have the roles of another protocol, cifar10.", []]);
    expect(whatDiffers(coco, { counts })).toEqual(["Nothing says that the images have the roles of this protocol."]);
    const { expected } = protocolOf("cifar10-1");
    const drawn = { name: "cifar10", asPublished: drawnBy("somebody") };
    const said = whatDiffers(protocolOf("cifar10-1"), { counts: { ...expected, database: 59_000 }, roles: drawn });
    expect(said).toEqual(["The images have the roles of another protocol, cifar10."]);
  });
});
