// The lock of a build of lib/. Plain JavaScript, like all that runs before there is a lib/.
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";

/** Milliseconds between looks at a lock that another process holds. */
const POLL = 100;
/** Milliseconds after which who waits is told so. */
const SILENCE = 2000;
/** Seconds of waiting after which whoever holds the lock is taken to be stuck. A build takes some ten. */
const LONGEST_WAIT = 300;

/**
 * Does `work` while no other process does its own under the same lock: a lock of the operating system on an open file,
 * which ends with its process. The file itself means nothing and stays. A process that holds the lock too long is not
 * waited for (`HASHBOOK_WAIT`, in seconds; default 300); that, and where there are no locks, is said, and the work done.
 */
export function withBuildLock(file, work) {
  mkdirSync(dirname(file), { recursive: true });
  const handle = openSync(file, "a+");
  try {
    const trouble = takeLock(handle, file);
    if (trouble !== undefined) process.stderr.write(`hashbook: ${trouble}\n`);
    else writeHolder(handle);
    work();
  } finally {
    closeSync(handle);
  }
}

/** Waits for the lock; returns why it is done without it, if it is. */
function takeLock(handle, file) {
  const longest = 1000 * waitSeconds();
  let said = false;
  for (let waited = 0; ; waited += POLL) {
    try {
      // A byte far behind what is written: on Windows locked bytes cannot be read.
      if (systemLocks().tryLock(handle, 2 ** 30, 1)) return undefined;
    } catch (error) {
      return `building without a lock (${error.message.split("\n")[0]})`;
    }
    if (waited >= longest) {
      return `${holderOf(file)} has been building for ${waited / 1000} s and seems stuck; building beside it`;
    }
    if (waited >= SILENCE && !said) {
      said = true;
      process.stderr.write(`hashbook: waiting for ${holderOf(file)}, which is building lib/\n`);
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL);
  }
}

function systemLocks() {
  return createRequire(import.meta.url)("fs-native-extensions");
}

function waitSeconds() {
  const asked = Number(process.env.HASHBOOK_WAIT || LONGEST_WAIT);
  return asked >= 0 ? Math.min(asked, LONGEST_WAIT) : LONGEST_WAIT;
}

/** Says who holds the lock. A full disk must not keep anybody from it. */
function writeHolder(handle) {
  try {
    ftruncateSync(handle);
    writeSync(handle, `${process.pid}`);
  } catch {}
}

function holderOf(file) {
  const holder = readFileSync(file, "utf8").trim();
  return holder === "" ? "another process" : `process ${holder}`;
}
