// In a checkout, keeps lib/ (what runs and what notebooks import) up to date with src/. Plain JavaScript: it runs
// before anything is built. Nothing is printed on stdout.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const lib = join(root, "lib");
const lock = join(lib, ".build-lock");
/**
 * The hash of what lib/ was built from, written here and nowhere else, after a build. The compiler's own record
 * (.tsbuildinfo) would not do: `tsc --noEmit` writes it too, and dates change without the text (git, copies).
 */
const stamp = join(lib, ".built-from");
/** Milliseconds between looks at a lock that another process holds. */
const POLL = 100;
/** Milliseconds after which a lock that names no process is left over from a crash. */
const NAMELESS_LOCK_AGE = 10_000;

/**
 * Builds lib/ when it is missing or was not built from src/ and tsconfig.json as they are now. Does nothing in an
 * installed package, which brings src/ for its source maps but no tsconfig.json. Of several processes one builds and the
 * others wait for it.
 * @throws {Error} when the build fails; the compiler's messages are in the error's message
 */
export function buildIfStale() {
  if (!existsSync(join(root, "tsconfig.json"))) return;
  while (existsSync(lock) || isStale()) {
    mkdirSync(lib, { recursive: true });
    if (!takeLock()) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL);
      continue;
    }
    try {
      // Another process may have built between our look and our lock.
      if (isStale()) build();
    } finally {
      rmSync(lock, { force: true });
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

/** Tries to become the one that builds; clears away the lock of a process that is gone. */
function takeLock() {
  try {
    writeFileSync(lock, `${process.pid}`, { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  if (isAbandoned()) {
    try {
      const aside = `${lock}.${process.pid}`;
      renameSync(lock, aside);
      rmSync(aside, { force: true });
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
  }
  return false;
}

function isAbandoned() {
  try {
    const holder = Number(readFileSync(lock, "utf8"));
    if (!(holder > 0)) return Date.now() - statSync(lock).mtimeMs > NAMELESS_LOCK_AGE;
    process.kill(holder, 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}

function build() {
  process.stderr.write("hashbook: building lib/ from src/\n");
  // Taken before: a file saved while the compiler runs makes lib/ stale again.
  const builtFrom = sourceHash();
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const { status, stdout, error } = spawnSync(process.execPath, [compiler, "-p", join(root, "tsconfig.json")], {
    cwd: root,
    encoding: "utf8",
  });
  if (error !== undefined) throw error;
  if (status !== 0) {
    // The compiler has written what it could; without the stamp the next call builds again.
    rmSync(stamp, { force: true });
    throw new Error(`the build of lib/ failed; mend src/ or run npm ci\n${stdout}`.trimEnd());
  }
  removeOrphans();
  writeFileSync(stamp, builtFrom);
}

/** Takes away what earlier builds made of sources that are gone, or old names would still be found and packed. */
function removeOrphans() {
  const sources = new Set(sourceFiles());
  for (const entry of readdirSync(lib, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const output = /^(.*?)(\.d\.ts|\.js)(\.map)?$/.exec(relative(lib, path).replaceAll("\\", "/"));
    if (entry.isFile() && output !== null && !sources.has(`${output[1]}.ts`)) rmSync(path);
  }
}
