import { describe, expect, it } from "vitest";
import type { GalleryRecord } from "../../src/galleries/gallery-record.js";
import { checkSameGallery, parseRecord, recordText } from "../../src/galleries/gallery-record.js";

const record: GalleryRecord = {
  rows: 5,
  bits: 12,
  codes: "ab",
  ids: { sha256: "cd", longest: 9 },
  labels: { form: "several", sha256: "ef", classes: 3 },
  model: "0123",
  classNames: ["a 'b'", 'c "d"', "e\\f"],
  index: "ivf",
  lists: 7,
};
const PLACE = "milvus://host/shoes";

describe("the record of a gallery", () => {
  it("comes back as it was written, but for names of classes that are too many", () => {
    expect(parseRecord(recordText(record), PLACE)).toMatchObject(record);
    const classNames = Array.from({ length: 9000 }, (_, i) => `class ${i}`);
    const text = recordText({ ...record, classNames });
    expect(text.length).toBeLessThan(500);
    expect(parseRecord(text, PLACE).classNames).toBeUndefined();
  });

  it.each([
    ["", /was not made by `hashbook gallery push`/],
    ["a text of somebody", /was not made by `hashbook gallery push`/],
    [recordText(record).slice(0, -9), /this is no JSON; expected what `hashbook gallery push` says/],
    [recordText({ ...record, bits: 0 }), /"bits" cannot be this/],
    [recordText({ ...record, index: "hnsw" as "ivf" }), /"index" cannot be this/],
    [recordText(record).replace('"format":1', '"format":2'), /written by a newer hashbook/],
  ])("refuses %j", (text, message) => {
    expect(() => parseRecord(text, PLACE)).toThrow(message);
    expect(() => parseRecord(text, PLACE)).toThrow(/^milvus:\/\/host\/shoes: /);
  });

  it("is the same for the same rows and index, and names what differs", () => {
    checkSameGallery(record, { ...record, classNames: undefined }, PLACE);
    const { model: _, ...without } = record;
    expect(() => checkSameGallery(record, without, PLACE)).toThrow(
      /with other model; expected model none;.*found 0123/,
    );
    expect(() => checkSameGallery(record, { ...record, lists: 8 }, PLACE)).toThrow(/with other lists of the index/);
  });
});
