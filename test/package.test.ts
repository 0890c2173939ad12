// What npm and a reader rely on: the lock is complete, environment.md tells the truth about dependencies.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const read = (file: string): string => readFileSync(new URL(`../${file}`, import.meta.url), "utf8");
const manifest = JSON.parse(read("package.json"));
const direct: Record<string, string> = { ...manifest.dependencies, ...manifest.devDependencies };

interface Locked {
  readonly version: string;
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

const locked: Record<string, Locked> = JSON.parse(read("package-lock.json")).packages;

/** True when a package lies where Node would find it from `place` ("node_modules/a/node_modules/b"). */
function isFound(name: string, place: string): boolean {
  const folders = place === "" ? [] : place.split("/node_modules/");
  for (let depth = folders.length; depth >= 0; depth--) {
    const folder = folders.slice(0, depth).join("/node_modules/");
    if (`${folder}${folder === "" ? "" : "/"}node_modules/${name}` in locked) return true;
  }
  return false;
}

describe("package-lock.json", () => {
  it("holds every dependency of every package, those of other platforms too: npm ci refuses to install otherwise", () => {
    const missing: string[] = [];
    for (const [place, { dependencies, optionalDependencies }] of Object.entries(locked)) {
      for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
        if (!isFound(name, place)) missing.push(`${name}, wanted by ${place || "this project"}`);
      }
    }
    expect(missing).toEqual([]);
  });
});

describe("environment.md", () => {
  const text = read("environment.md");

  it.each(Object.entries(direct))("tells of %s %s", (name, wanted) => {
    const version = wanted.replace(/^npm:.*@/, "").replace(/^file:vendor\/.*-(.+)\.tgz$/, "$1");
    expect(version, "versions are exact").toMatch(/^\d+\.\d+\.\d+$/);
    const row = text.split("\n").find(line => line.startsWith(`| ${name} |`));
    expect(row, `a row of ${name}`).toContain(version);
  });

  it.each(Object.keys(manifest.overrides))("tells of the override of %s", name => {
    const version = manifest.overrides[name].replace(/^.*@/, "");
    const section = text.slice(text.indexOf("### Overrides"));
    const rows = section.split("\n").filter(line => line.startsWith("|") && line.includes(name));
    expect(rows.some(row => row.includes(version))).toBe(true);
  });
});

describe("npx tsc", () => {
  it("is the project's compiler, not the one tslab brings", () => {
    const cwd = fileURLToPath(new URL("..", import.meta.url));
    const said = execFileSync("npx tsc --version", { cwd, encoding: "utf8", shell: true });
    expect(said.trim()).toBe(`Version ${direct.typescript}`);
  });
});

describe("documents", () => {
  const scripts = Object.keys(manifest.scripts);

  it.each(["README.md", "CONTRIBUTING.md", "environment.md", "bench/README.md"])(
    "%s names scripts that exist",
    file => {
      const named = [...read(file).matchAll(/npm (?:run (?:-s )?)([a-z:]+)|npm (start|test)\b/g)].map(
        match => match[1] ?? match[2],
      );
      expect(named.length).toBeGreaterThan(0);
      expect(named.filter(name => !scripts.includes(name))).toEqual([]);
    },
  );

  it.each(["README.md", "CONTRIBUTING.md"])("%s links to files that exist", file => {
    const links = [...read(file).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(match => match[1]);
    expect(links.length).toBeGreaterThan(0);
    for (const link of links)
      expect(() => readFileSync(new URL(`../${link.replace(/\/$/, "/README.md")}`, import.meta.url))).not.toThrow();
  });
});
