import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkSubmission } from "../../src/challenge/check-submission.js";
import { submissionLines, submissionText, writeSubmission } from "../../src/challenge/submission.js";

const names = (side: string, n: number): string[] => Array.from({ length: n }, (_, i) => `${side}${i}.jpg`);

describe("submissionText", () => {
  it("is the format of the challenge", () => {
    const lines = [{ query: "q.jpg", gallery: ["a.jpg", "b.jpg"] }];
    expect(submissionText(lines)).toBe("q.jpg,{a.jpg,b.jpg}\n");
  });

  it.each([
    ["a,b.jpg"],
    ["a{b.jpg"],
    ["a}b.jpg"],
    ['a".jpg'],
    [" a.jpg"],
    ["a.jpg "],
    ["a\n.jpg"],
    [""],
    ["\ud800.jpg"],
  ])("refuses the name %j", name => {
    expect(() => submissionText([{ query: "q.jpg", gallery: [name] }])).toThrow(/cannot be written in a submission/);
    expect(() => submissionText([{ query: name, gallery: ["a.jpg"] }])).toThrow(/cannot be written in a submission/);
  });

  it("is read back as it was, whatever the names", () => {
    const name = fc.stringMatching(/^[\p{L}\d][\p{L}\d ()'.;_-]{0,12}[\p{L}\d]$/u);
    const lists = fc.uniqueArray(name, { minLength: 13, maxLength: 30, selector: text => text.toLowerCase() });
    fc.assert(
      fc.property(lists, fc.integer({ min: 1, max: 3 }), (all, queries) => {
        const known = { queries: all.slice(0, queries), gallery: all.slice(queries) };
        const lines = known.queries.map((query, i) => ({
          query,
          gallery: Array.from({ length: 10 }, (_, place) => known.gallery[(i + place) % known.gallery.length]),
        }));
        expect(checkSubmission(Buffer.from(submissionText(lines)), known)).toEqual({ lines, faults: [] });
      }),
    );
  });
});

describe("submissionLines", () => {
  const ranked = (queries: number, k: number) => ({
    data: Int32Array.from({ length: queries * k }, (_, i) => i % k),
    shape: [queries, k],
  });

  it("takes the first ten places", () => {
    const [line] = submissionLines(ranked(1, 12), ["q.jpg"], names("g", 12));
    expect(line.gallery).toEqual(names("g", 10));
  });

  it("takes the whole of a smaller gallery", () => {
    const [line] = submissionLines(ranked(1, 4), ["q.jpg"], names("g", 4));
    expect(line.gallery).toEqual(names("g", 4));
  });

  it("refuses lists that are too short, or not one a query", () => {
    expect(() => submissionLines(ranked(1, 9), ["q.jpg"], names("g", 12))).toThrow(/expected 1 lists of 10 places or/);
    expect(() => submissionLines(ranked(2, 12), ["q.jpg"], names("g", 12))).toThrow(/found 2 of 12/);
  });
});

describe("writeSubmission", () => {
  it("leaves one whole file, and none when a name cannot be written", async () => {
    const folder = await mkdtemp(join(tmpdir(), "submission-"));
    const file = join(folder, "deeper/submission.csv");
    await writeSubmission(file, [{ query: "q.jpg", gallery: ["a.jpg"] }]);
    expect(await readFile(file, "utf8")).toBe("q.jpg,{a.jpg}\n");
    await expect(writeSubmission(file, [{ query: "q,.jpg", gallery: ["a.jpg"] }])).rejects.toThrow(/rename the file/);
    expect(await readdir(join(folder, "deeper"))).toEqual(["submission.csv"]);
    expect(await readFile(file, "utf8")).toBe("q.jpg,{a.jpg}\n");
  });
});
