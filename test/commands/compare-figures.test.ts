import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { compareCommand } from "../../src/commands/compare.js";
import type { StudyRecord } from "../../src/records/study-record.js";
import { toyStudy } from "../records/toy-study.js";

let folder: string;
let study: StudyRecord;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-compare-figures-"));
  study = await toyStudy(folder, { seeds: [0] });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function compare(...flags: string[]): Promise<void> {
  const spies = [vi.spyOn(process.stdout, "write"), vi.spyOn(process.stderr, "write")];
  for (const spy of spies) spy.mockReturnValue(true);
  try {
    await compareCommand()
      .exitOverride()
      .parseAsync([study.folder, ...flags], { from: "user" });
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

it("compare --figures writes the curves and each measure by bits", async () => {
  const figures = join(folder, "figures");
  await compare("--metric", "mAP@10", "--figures", figures);
  const names = ["mAP-at-10-by-bits", "pr-by-radius", "pr-by-rank", "precision-at-n", "recall-at-n"];
  expect(readdirSync(figures)).toHaveLength(3 * names.length);
  expect(
    readdirSync(figures)
      .filter(file => file.endsWith(".pdf"))
      .sort(),
  ).toEqual(names.map(name => `${name}.pdf`));
  await expect(compare("--figures", join(study.folder, "figures"))).rejects.toThrow(/written among the files/);
});
