import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkPlaces } from "../../src/core/check-places.js";
import { WriteError } from "../../src/core/errors.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-places-"));
  await writeFile(join(folder, "file"), "");
});
afterEach(() => rm(folder, { recursive: true }));

describe("checkPlaces", () => {
  it("lets pass what can be made, and makes nothing", async () => {
    await checkPlaces([join(folder, "new.npy"), join(folder, "a/b/c/new.npy"), join(folder, "file")]);
    expect(await readdir(folder)).toEqual(["file"]);
  });

  it.each(["file/out.npy", "file/deep/er/out.npy"])("refuses %s, below a file, before anything is done", async path => {
    const refused = checkPlaces([join(folder, path)]);
    await expect(refused).rejects.toBeInstanceOf(WriteError);
    await expect(refused).rejects.toThrow(/a part of this path is no folder.*file, a file/);
  });
});
