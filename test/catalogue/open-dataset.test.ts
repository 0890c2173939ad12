import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openDataset } from "../../src/catalogue/open-dataset.js";

it("offers a folder for a path that is nearly its name, a dataset for a name that is nearly one's", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hashbook-open-"));
  try {
    await mkdir(join(folder, "pictures"));
    const path = openDataset(join(folder, "picturs"));
    await expect(path).rejects.toThrow(`expected "${join(folder, "pictures")}"? Known: fashion-mnist-10k`);
    const named = openDataset("fashion-mnist-10");
    await expect(named).rejects.toThrow(
      /no dataset, folder or file "fashion-mnist-10".*expected "fashion-mnist-10k"\?/,
    );
    await expect(openDataset(join(folder, "zzzzzzzzzzzzz"))).rejects.toThrow(/expected one of fashion-mnist-10k/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
