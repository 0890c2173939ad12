import { watch } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { writeAtomically } from "../../src/core/files.js";
import { removeLeftovers } from "../../src/core/leftovers.js";

it("removes what killed writers left of the files named, or of all, and nothing else", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hashbook-leftovers-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const kept = ["a.json", "features.npy.partial", "1-deadbeef.partial.npy", "a.json.12-abc.partial"];
  for (const name of [...kept, "a.json.17-0123abcd.partial", "b.json.4-ffffffff.partial"]) {
    await writeFile(join(folder, name), "");
  }
  await removeLeftovers(folder, ["a.json"]);
  expect((await readdir(folder)).sort()).toEqual([...kept, "b.json.4-ffffffff.partial"].sort());
  await removeLeftovers(folder);
  expect((await readdir(folder)).sort()).toEqual([...kept].sort());
  await removeLeftovers(join(folder, "missing"));
});

it("knows the names that writeAtomically gives", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hashbook-leftovers-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const seen: string[] = [];
  const watcher = watch(folder, (_, name) => void (name && seen.push(name)));
  await writeAtomically(join(folder, "a"), "text");
  await vi.waitFor(() => expect(seen).toContain("a"), 60_000); // news of a folder come in their order
  watcher.close();
  const partial = [...new Set(seen)].filter(name => name !== "a");
  expect(partial.length).toBeGreaterThan(0);
  for (const name of partial) await writeFile(join(folder, name), "");
  await removeLeftovers(folder, ["a"]);
  expect(await readdir(folder)).toEqual(["a"]);
});
