import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { textLines } from "../../src/datasets/text-lines.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-lines-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function linesOf(content: string | Uint8Array): Promise<[number, string][]> {
  const file = join(folder, "list.txt");
  await writeFile(file, content);
  const lines: [number, string][] = [];
  for await (const { line, text } of textLines(file, "this list")) lines.push([line, text]);
  return lines;
}

describe("textLines", () => {
  it("numbers lines with any ends, and skips empty ones", async () => {
    expect(await linesOf("\ufeffa 1\r\n\r\n  b 2\t\n\rc 3")).toEqual([
      [1, "a 1"],
      [3, "b 2"],
      [5, "c 3"],
    ]);
    expect(await linesOf("")).toEqual([]);
  });

  it("cuts a file of many chunks where a naive reader does, whatever falls on their edges", async () => {
    const ends = ["\n", "\r\n", "\r"];
    for (let shift = 0; shift < 6; shift++) {
      const lines = Array.from({ length: 90_000 }, (_, i) => `${"x".repeat(shift)}bild-ü€-${i}.jpg 0 1`);
      const text = lines.map((line, i) => line + ends[i % 2]).join("");
      expect(await linesOf(text)).toEqual(lines.map((line, i) => [i + 1, line]));
    }
    // A CRLF over the edge of the first chunk, and a CR there.
    for (const end of ["\r\n", "\r"]) {
      const first = "y".repeat(2 ** 20 - 1);
      expect(await linesOf(`${first}${end}z`)).toEqual([
        [1, first],
        [2, "z"],
      ]);
    }
  }, 30_000);
});
