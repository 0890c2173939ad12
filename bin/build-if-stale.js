// In a checkout, keeps lib/ (what runs and what notebooks import) up to date with src/. Plain JavaScript: it runs
// before anything is built. Nothing is printed on stdout.
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const lib = join(root, "lib");
const lock = join(lib, ".build-lock");
/** The compiler's record of its last run, written last. Its date tells when lib/ was built. */
const record = join(lib, ".tsbuildinfo");
/** Milliseconds between looks at a lock that another process holds. */
const POLL = 100;
/** Milliseconds after which a lock that names no process is left over from a crash. */
const NAMELESS_LOCK_AGE = 10_000;

/**
 * Builds lib/ when it is missing or older than src/ or tsconfig.json. Does nothing in an installed package, which has
 * no src/. Of several processes one builds and the others wait for it.
 * @throws {Error} when the build fails; the compiler's messages are in the error's message
 */
export function buildIfStale() {
  if (!existsSync(join(root, "src"))) return;
  mkdirSync(lib, { recursive: true });
  while (existsSync(lock) || isStale()) {
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

function isStale() {
  const built = modified(record);
  if (built === 0 || !existsSync(join(lib, "cli.js"))) return true;
  return modified(join(root, "tsconfig.json")) > built || newest(join(root, "src")) > built;
}

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** The latest change in a folder. Folders count too, so that a removed file is seen. */
function newest(folder) {
  let latest = modified(folder);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    latest = Math.max(latest, entry.isDirectory() ? newest(path) : modified(path));
  }
  return latest;
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
    if (!(holder > 0)) return Date.now() - modified(lock) > NAMELESS_LOCK_AGE;
    process.kill(holder, 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}

function build() {
  process.stderr.write("hashbook: building lib/ from src/\n");
  const started = new Date();
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const { status, stdout, error } = spawnSync(process.execPath, [compiler, "-p", join(root, "tsconfig.json")], {
    cwd: root,
    encoding: "utf8",
  });
  if (error !== undefined) throw error;
  if (status !== 0) {
    // The compiler has written what it could; without the record the next call builds again.
    rmSync(record, { force: true });
    throw new Error(`the build of lib/ failed; mend src/ or run npm ci\n${stdout}`.trimEnd());
  }
  // The compiler leaves the record alone when a file changed in its date only; a file saved meanwhile must count as newer.
  utimesSync(record, started, started);
}
