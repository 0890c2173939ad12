// The architecture, held by a test: folders of src/ import only from folders above them in this list, and files of one
// folder not in a circle.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const FOLDERS = [
  "core",
  "compute",
  "codes",
  "ranking",
  "metrics",
  "datasets",
  "images",
  "digix-sample",
  "multilabel-sample",
  "protocols",
  "catalogue",
  "backbone",
  "features",
  "galleries",
  "hashing",
  "methods",
  "embedding",
  "handover",
  "training",
  "challenge",
  "plots",
  "notebook",
  "experiments",
  "records",
  "sweeps",
  "comparison",
  "reproduction",
  "displays",
  "kernel",
  "cluster",
  "service",
];
/** These may import from everywhere, and only cli.ts may import from commands/. */
const TOP = ["commands", "index.ts", "cli.ts"];
const BANNED_NAMES = /^(utils?|helpers?|common|misc)(\.ts)?$/;
/** Evaluation must work where no tensor library is installed. */
const WITHOUT_TENSORS = ["codes", "ranking", "metrics"];
const TENSOR_PACKAGES = /^(@tensorflow\/|danfojs|onnxruntime|onnx-proto)/;

/**
 * Names of one past participle say what came out and not of what: a reader cannot search for them. `read`, `split`, `cut`
 * and their like are verbs as well.
 */
const PARTICIPLE =
  /^((?!embed$)[a-z]*[^e]ed|ascending|descending|begun|bound|built|chosen|drawn|found|given|held|hidden|kept|known|left|made|meant|met|said|seen|sent|shown|sorted|spent|stood|taken|thrown|told|worn|written)$/;

/** A source file by its path below src/, for example "ranking/relevance.ts". */
type Sources = ReadonlyMap<string, string>;

/** What a file imports, by any form: import, import type, export from, import(), a type's import(). */
function importsOf(text: string): string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(file => file.fileName);
}

/** The path below src/ that a relative import means; undefined for packages. */
function resolved(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, ".ts");
}

const folderOf = (path: string): string => path.split("/")[0];

/** All breaches of the architecture, one sentence each. */
function breaches(sources: Sources): string[] {
  const found: string[] = [];
  for (const [path, text] of sources) {
    for (const part of path.split("/")) {
      if (BANNED_NAMES.test(part)) found.push(`src/${path}: "${part}" names no concept; name it after what is in it`);
    }
    const folder = folderOf(path);
    if (!FOLDERS.includes(folder) && !TOP.includes(folder)) {
      found.push(`src/${path}: folder "${folder}" has no place in the order of imports; known: ${FOLDERS.join(" ")}`);
      continue;
    }
    for (const specifier of importsOf(text)) {
      const breach = breachOf(path, specifier);
      if (breach !== undefined) found.push(`src/${path} imports ${specifier}: ${breach}`);
    }
    const chain = WITHOUT_TENSORS.includes(folder) ? chainToTensors(sources, path) : undefined;
    if (chain !== undefined) found.push(`src/${folder} must work without tensors: ${chain.join(" -> ")}`);
  }
  return found;
}

function breachOf(path: string, specifier: string): string | undefined {
  const target = resolved(path, specifier);
  if (target === undefined) return undefined;
  const from = folderOf(path);
  const to = folderOf(target);
  if (to === ".." || to === ".") return "it lies outside src/";
  if (to === "commands") return from === "cli.ts" || from === "commands" ? undefined : "only cli.ts imports commands";
  if (to === "index.ts" || to === "cli.ts") return "nothing imports index.ts or cli.ts";
  if (TOP.includes(from) || FOLDERS.indexOf(to) <= FOLDERS.indexOf(from)) return undefined;
  return `${from} stands above ${to}, so ${to} may import from ${from} but not the other way`;
}

/** What a file imports as soon as it is loaded itself. */
function loadedWith(text: string): string[] {
  const { importedFiles } = ts.preProcessFile(text, true, true);
  return importedFiles.filter(({ pos }) => !/\bimport\(\s*$/.test(text.slice(0, pos))).map(file => file.fileName);
}

/** The imports that lead from a file to a tensor package, if any do; what is loaded only when it is asked for is none. */
function chainToTensors(sources: Sources, path: string, seen = new Set<string>()): string[] | undefined {
  seen.add(path);
  for (const specifier of loadedWith(sources.get(path) ?? "")) {
    if (TENSOR_PACKAGES.test(specifier)) return [`src/${path}`, specifier];
    const target = resolved(path, specifier);
    if (target === undefined || seen.has(target)) continue;
    const rest = chainToTensors(sources, target, seen);
    if (rest !== undefined) return [`src/${path}`, ...rest];
  }
  return undefined;
}

/**
 * The circles of imports, types included, each as the files of one shortest way round: "a.ts -> b.ts -> a.ts". The order of
 * folders forbids those between folders; what is left are circles inside one.
 */
function circles(sources: Sources): string[] {
  const found = new Set<string>();
  const targets = new Map([...sources.keys()].map(path => [path, targetsOf(sources, path)]));
  for (const start of sources.keys()) {
    const way = shortestWayRound(targets, start);
    if (way === undefined) continue;
    // The same circle is met from each of its files; told from the first by name.
    const first = way.indexOf([...way].sort()[0]);
    const turned = [...way.slice(first), ...way.slice(0, first)];
    found.add([...turned, turned[0]].join(" -> "));
  }
  return [...found];
}

/** The files on a shortest way from a file along imports back to it, beginning with it; undefined when there is none. */
function shortestWayRound(targets: ReadonlyMap<string, string[]>, start: string): string[] | undefined {
  const ways = [[start]];
  const seen = new Set<string>();
  for (const way of ways) {
    for (const target of targets.get(way[way.length - 1]) ?? []) {
      if (target === start) return way;
      if (seen.has(target)) continue;
      seen.add(target);
      ways.push([...way, target]); // the loop goes on to it
    }
  }
  return undefined;
}

/** The files of src/ that a file imports. */
function targetsOf(sources: Sources, path: string): string[] {
  const targets = importsOf(sources.get(path) ?? "").map(specifier => resolved(path, specifier));
  return targets.filter(target => target !== undefined && sources.has(target)) as string[];
}

/** The functions, methods and arrows of a file that are named by one participle, as "path: name". */
function participles(sources: Sources): string[] {
  const found: string[] = [];
  for (const [path, text] of sources) {
    const visit = (node: ts.Node): void => {
      const name = functionName(node);
      if (name !== undefined && PARTICIPLE.test(name)) found.push(`src/${path}: ${name}`);
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(path, text, ts.ScriptTarget.ESNext));
  }
  return found;
}

function functionName(node: ts.Node): string | undefined {
  const isArrow =
    ts.isVariableDeclaration(node) && node.initializer !== undefined && ts.isFunctionLike(node.initializer);
  if (!isArrow && !ts.isFunctionDeclaration(node) && !ts.isMethodDeclaration(node)) return undefined;
  return node.name !== undefined && ts.isIdentifier(node.name) ? node.name.text : undefined;
}

function readSources(folder: string): Sources {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(file => file.endsWith(".ts"));
  return new Map(files.map(file => [file.replaceAll("\\", "/"), readFileSync(join(folder, file), "utf8")]));
}

describe("architecture", () => {
  const src = join(dirname(fileURLToPath(import.meta.url)), "..", "src");

  it("holds in src/", () => {
    const sources = readSources(src);
    expect(sources.has("core/errors.ts"), `sources found in ${relative(process.cwd(), src)}`).toBe(true);
    expect(breaches(sources)).toEqual([]);
  });

  it("no files of src/ import each other in a circle", () => {
    expect(circles(readSources(src))).toEqual([]);
  });

  it("no function of src/ is named by a participle alone", () => {
    expect(participles(readSources(src))).toEqual([]);
  });

  it("every relative import in src/ names a file that is there", () => {
    const sources = readSources(src);
    const missing = [...sources].flatMap(([path, text]) =>
      importsOf(text)
        .map(specifier => resolved(path, specifier))
        .filter(target => target !== undefined && !sources.has(target))
        .map(target => `src/${path} imports ${target}`),
    );
    expect(missing).toEqual([]);
  });
});

describe("the checker", () => {
  const found = (sources: Record<string, string>) => breaches(new Map(Object.entries(sources)));

  it("accepts imports of folders above, of the own folder, and of packages", () => {
    const text = 'import sharp from "sharp"; import { a } from "../core/a.js"; export * from "./b.js";';
    expect(found({ "images/decode.ts": text, "cli.ts": 'import("./commands/x.js")' })).toEqual([]);
  });

  it.each([
    ["an import", 'import { x } from "../metrics/x.js";'],
    ["a type import", 'import type { X } from "../metrics/x.js";'],
    ["a re-export", 'export * from "../metrics/x.js";'],
    ["a dynamic import", 'const x = async () => import("../metrics/x.js");'],
    ["an import in a type", 'export type X = import("../metrics/x.js").X;'],
  ])("sees %s of a folder below", (_, text) => {
    expect(found({ "ranking/bad.ts": text })).toEqual([
      "src/ranking/bad.ts imports ../metrics/x.js: ranking stands above metrics, so metrics may import from ranking but not the other way",
    ]);
  });

  it("sees tensors that come in through another folder", () => {
    const sources = {
      "metrics/m.ts": 'import { e } from "../compute/engine.js";',
      "compute/engine.ts": 'import * as tf from "@tensorflow/tfjs";',
    };
    expect(found(sources)).toEqual([
      "src/metrics must work without tensors: src/metrics/m.ts -> src/compute/engine.ts -> @tensorflow/tfjs",
    ]);
    const later = { ...sources, "metrics/m.ts": 'const e = async () => import( "../compute/engine.js");' };
    expect(found(later)).toEqual([]);
  });

  it.each([
    ["imports", 'import { x } from "./b.js";'],
    ["type imports", 'import type { X } from "./b.js";'],
    ["dynamic imports", 'const b = async () => import("./b.js");'],
  ])("sees a circle of %s, once", (_, text) => {
    const sources = {
      "core/a.ts": text,
      "core/b.ts": 'export * from "./c.js";',
      "core/c.ts": 'import type { A } from "./a.js";',
      "core/before.ts": 'import "./a.js";',
      "core/after.ts": "",
    };
    expect(circles(new Map(Object.entries(sources)))).toEqual(["core/a.ts -> core/b.ts -> core/c.ts -> core/a.ts"]);
    expect(circles(new Map(Object.entries({ ...sources, "core/c.ts": 'import "./after.js";' })))).toEqual([]);
    expect(circles(new Map([["core/a.ts", 'import "./a.js";']]))).toEqual(["core/a.ts -> core/a.ts"]);
  });

  it("sees functions, methods and arrows named by a participle, and nothing else", () => {
    const text = `
      function measured() {}
      export async function shown() { const kept = () => 1; return kept() }
      class Buffer { filled() {} read() {} }
      const aligned = function () {};
      const held = 3;
      function withoutPrefix() {} function measuredRows() {} function feed() {} function split() {}`;
    expect(participles(new Map([["core/a.ts", text]]))).toEqual(
      ["measured", "shown", "kept", "filled", "aligned"].map(name => `src/core/a.ts: ${name}`),
    );
  });

  it("sees commands and index.ts imported from elsewhere, strange folders, and names that say nothing", () => {
    expect(found({ "core/a.ts": 'import "../commands/run.js"' })[0]).toContain("only cli.ts imports commands");
    expect(found({ "experiments/a.ts": 'import "../index.js"' })[0]).toContain("nothing imports index.ts");
    expect(found({ "core/a.ts": 'import "../../bin/x.js"' })[0]).toContain("outside src/");
    expect(found({ "models/a.ts": "" })[0]).toContain('folder "models" has no place');
    expect(found({ "core/utils/a.ts": "", "core/helpers.ts": "" })).toHaveLength(2);
  });
});
