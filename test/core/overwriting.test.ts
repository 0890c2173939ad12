import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkOverwritesNothing } from "../../src/core/overwriting.js";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-overwriting-"));
  file = join(folder, "a.npy");
  writeFileSync(file, "a");
});
afterEach(() => rmSync(folder, { recursive: true }));

const check = (output: string, input: string = file): Promise<void> =>
  checkOverwritesNothing({ "--out": output }, { "--features": input, "--data": undefined });

describe("what is written over what is read", () => {
  it("is refused by whatever path it is named, and both options are named", async () => {
    symlinkSync("a.npy", join(folder, "link.npy"));
    symlinkSync("link.npy", join(folder, "link of link"));
    linkSync(file, join(folder, "hard.npy"));
    mkdirSync(join(folder, "sub"));
    symlinkSync("..", join(folder, "sub", "up"));
    const ways = [
      file,
      `${folder}/./sub/../a.npy`,
      relative(process.cwd(), file),
      join(folder, "link.npy"),
      join(folder, "link of link"),
      join(folder, "hard.npy"),
      join(folder, "sub", "up", "a.npy"),
    ];
    for (const one of ways) {
      for (const other of ways) {
        await expect(check(one, other), `${one} ${other}`).rejects.toThrow(
          /: would be written over what is read; expected another place for --out; found the same as --features/,
        );
      }
    }
    expect(await check(file).catch(error => error.kind)).toBe("usage");
  });

  it("is refused where neither is there yet, below links too", async () => {
    mkdirSync(join(folder, "sub"));
    symlinkSync("sub", join(folder, "same"));
    await expect(check(join(folder, "sub", "new", "x"), join(folder, "same", "new", "x"))).rejects.toThrow(/same as/);
  });

  it("is let pass where they differ, of equal content, of one name, or in a folder that is read in part", async () => {
    writeFileSync(join(folder, "b.npy"), "a");
    mkdirSync(join(folder, "sub"));
    await check(join(folder, "b.npy"));
    await check(join(folder, "sub", "a.npy"));
    await check(join(folder, "new", "deep", "a.npy"));
    await check(join(folder, "codes.npy"), folder);
  });

  it("is refused anywhere in a folder of which everything is read", async () => {
    const within = (output: string) =>
      checkOverwritesNothing({ "--contact-sheet": output }, {}, { folders: { "--dataset": folder } });
    await expect(within(join(folder, "sub", "sheet.png"))).rejects.toThrow(
      /among the files that are read.*a place in --dataset/,
    );
    await expect(within(folder)).rejects.toThrow(/among the files/);
    await within(`${folder}-2/sheet.png`);
  });

  it("is refused when two outputs are one", async () => {
    const outputs = { "--out": [join(folder, "x"), join(folder, "y")], "--report": join(folder, ".", "y") };
    await expect(checkOverwritesNothing(outputs, {})).rejects.toThrow(/y: would be written twice.*same as --out/);
  });
});
