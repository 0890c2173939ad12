import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { evaluateCommand } from "../../src/commands/evaluate.js";

const golden = fileURLToPath(new URL("../goldens/evaluate/bits20", import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-evaluation-figures-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function evaluate(...flags: string[]): Promise<string> {
  const files = ["query-codes", "database-codes", "query-labels", "database-labels"].flatMap(name => [
    `--${name}`,
    join(golden, `${name}.npy`),
  ]);
  let printed = "";
  const out = vi.spyOn(process.stdout, "write").mockImplementation(text => {
    printed += text;
    return true;
  });
  const log = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  try {
    const command = evaluateCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => {} });
    await command.parseAsync([...files, "--bits", "20", ...flags], { from: "user" });
  } finally {
    for (const spy of [out, log]) spy.mockRestore();
  }
  return printed;
}

it("evaluate --figures writes the curves beside one JSON document, in the size and letters asked for", async () => {
  const figures = join(folder, "figures");
  const document = JSON.parse(await evaluate("--figures", figures, "--columns", "2", "--fonts", "times", "--json"));
  expect(document.bits).toBe(20);
  const names = ["pr-by-radius", "pr-by-rank", "precision-at-n", "recall-at-n"];
  expect(readdirSync(figures).sort()).toEqual(names.flatMap(name => [".pdf", ".png", ".svg"].map(e => name + e)));
  const svg = readFileSync(join(figures, "pr-by-radius.svg"), "utf8");
  expect(svg).toContain('width="6.750in"');
  expect(svg).toContain("Tinos");
});

it("refuses what it cannot do before it measures anything", async () => {
  await expect(evaluate("--figures", join(golden, "query-codes.npy"))).rejects.toThrow(/written over what is read/);
  await expect(evaluate("--figures", folder, "--fonts", "comic")).rejects.toThrow(/sans, times, latex/);
  await expect(evaluate("--figures", folder, "--columns", "3")).rejects.toThrow(/1, 2/);
});
