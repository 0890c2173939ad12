// In a checkout, keeps lib/ (what runs and what notebooks import) up to date with src/. Plain JavaScript: it runs
// before anything is built. Nothing is printed on stdout.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { withBuildLock } from "./build-lock.js";

const root = fileURLToPath(new URL("../", import.meta.url));
const lib = join(root, "lib");
const lock = join(lib, ".build-lock");
/** The page of the search service: compiled by a tsconfig of its own, for it knows a document and no Node. */
const PAGE = "service/page";
/**
 * The hash of what lib/ was built from, written here and nowhere else, after a build. The compiler's own record
 * (.tsbuildinfo) would not do: `tsc --noEmit` writes it too, and dates change without the text (git, copies).
 */
const stamp = join(lib, ".built-from");
/** Builds in a row after which it is no longer waited for that src/ stays as it is. */
const MOST_BUILDS = 3;

/**
 * Builds lib/ when it is missing or was not built from src/ and tsconfig.json as they are now: their texts are compared,
 * never dates. Does nothing in an installed package, which brings src/ for its source maps but no tsconfig.json. Of
 * several processes one builds and the others wait for it.
 * @throws {Error} when the build fails, with the compiler's messages, or lib/ cannot be written
 */
export function buildIfStale() {
  if (!existsSync(join(root, "tsconfig.json"))) return;
  for (let builds = 0; isStale(); builds++) {
    if (builds === MOST_BUILDS) {
      if (!existsSync(join(lib, "cli.js"))) throw new Error("the build of lib/ made no lib/cli.js; is src/ complete?");
      process.stderr.write("hashbook: src/ changes all the time; going on with what was built last\n");
      return;
    }
    try {
      // Another process may have built between our look and our lock.
      withBuildLock(lock, () => isStale() && build());
    } catch (error) {
      if (error.code === undefined) throw error;
      throw new Error(`lib/ is not what src/ says and cannot be built: ${error.message}`);
    }
  }
}

/**
 * Builds lib/ whether it is stale or not.
 * @throws {Error} when the build fails; the compiler's messages are in the error's message
 */
export function buildAlways() {
  rmSync(stamp, { force: true });
  buildIfStale();
}

function isStale() {
  if (!existsSync(stamp) || !existsSync(join(lib, "cli.js"))) return true;
  return readFileSync(stamp, "utf8") !== sourceHash();
}

/** A hash over the names and texts of all that a build depends on. */
function sourceHash() {
  const hash = createHash("sha256");
  for (const path of ["tsconfig.json", ...sourceFiles().map(file => `src/${file}`)]) {
    const text = readFileSync(join(root, path));
    hash.update(`${path} ${text.length}\n`).update(text);
  }
  return hash.digest("hex");
}

/** The files of src/ by their paths below it, with slashes, in order. */
function sourceFiles() {
  const entries = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true });
  const paths = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
  return paths.map(path => relative(join(root, "src"), path).replaceAll("\\", "/")).sort();
}

function build() {
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  if (!existsSync(compiler)) throw new Error("lib/ must be built and the compiler is not installed: run npm ci");
  process.stderr.write("hashbook: building lib/ from src/\n");
  // Taken before: a file saved while the compiler runs makes lib/ stale again.
  const builtFrom = sourceHash();
  // Until it is whole, lib/ is built from nothing: the compiler writes what it can, also when it fails or is killed.
  rmSync(stamp, { force: true });
  // The compiler remembers what it has written and would not write it again.
  if (sourceFiles().some(hasNoOutput)) {
    for (const memory of [".tsbuildinfo", ".page.tsbuildinfo"]) rmSync(join(lib, memory), { force: true });
  }
  compile(compiler, join(root, "tsconfig.json"));
  const page = join(root, "src", PAGE, "tsconfig.json");
  if (existsSync(page)) compile(compiler, page);
  copyPageFiles();
  removeOrphans();
  writeFileSync(stamp, builtFrom);
}

function compile(compiler, config) {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [compiler, "-p", config], {
    cwd: root,
    encoding: "utf8",
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`the build of lib/ failed; mend src/ or run npm ci\n${stdout}${stderr}`.trimEnd());
}

/** What the page has beside its code (its document, styles, icon) goes to lib/ as it is. */
function copyPageFiles() {
  for (const file of sourceFiles().filter(isPageFile)) {
    mkdirSync(dirname(join(lib, file)), { recursive: true });
    copyFileSync(join(root, "src", file), join(lib, file));
  }
}

function isPageFile(source) {
  return source.startsWith(`${PAGE}/`) && !/\.ts$|\/tsconfig\.json$/.test(source);
}

function hasNoOutput(source) {
  const isBuilt = isPageFile(source) || (source.endsWith(".ts") && !source.endsWith(".d.ts"));
  return isBuilt && !existsSync(join(lib, source.replace(/\.ts$/, ".js")));
}

/** Takes away what earlier builds made of sources that are gone, or old names would still be found and packed. */
function removeOrphans() {
  const sources = new Set(sourceFiles());
  for (const entry of readdirSync(lib, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = relative(lib, path).replaceAll("\\", "/");
    const output = /^(.*?)(\.d\.ts|\.js)(\.map)?$/.exec(name);
    const source = output === null ? name : `${output[1]}.ts`;
    if ((output !== null || isPageFile(name)) && !sources.has(source)) rmSync(path);
  }
}
