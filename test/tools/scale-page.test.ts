import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageFolder } from "../../src/core/paths.js";

const page = readFileSync(join(packageFolder, "docs", "scale.md"), "utf8");

describe("docs/scale.md", () => {
  it("is made again by its script, which finds every constant in the tables that it names", () => {
    const made = execFileSync(process.execPath, ["tools/scale-page.mjs"], { cwd: packageFolder, encoding: "utf8" });
    // What was measured since is newer here: tables differ until the page is made again.
    const prose = (text: string): string[] => text.split("\n").filter(line => !line.startsWith("|"));
    expect(prose(made)).toEqual(prose(page));
    expect(made).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("names files that are there", () => {
    const links = [...page.matchAll(/\]\(\.\.\/([^)#]+)\)/g)].map(([, file]) => file);
    expect(links.length).toBeGreaterThan(5);
    for (const file of links) expect(existsSync(join(packageFolder, file)), file).toBe(true);
  });
});
