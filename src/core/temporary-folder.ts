import { rmSync } from "node:fs";
import { access, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockOfFolder, tryLock } from "./lock.js";
import { writing } from "./write-fault.js";

/** A private folder that goes with its process. */
export interface TemporaryFolder {
  readonly folder: string;
  remove(): Promise<void>;
}

/**
 * Makes a private folder `hashbook-<purpose>-…` among the temporary files. It is removed by `remove`, or when the process
 * exits; one whose process was killed is removed by the next that makes one. A lock tells whether a process is gone.
 */
export async function makeTemporaryFolder(purpose: string): Promise<TemporaryFolder> {
  const prefix = `hashbook-${purpose}-`;
  await removeAbandoned(prefix);
  for (;;) {
    const folder = await writing(tmpdir(), () => mkdtemp(join(tmpdir(), prefix)));
    const lock = await tryLock(lockOfFolder(folder), purpose);
    if (lock === "held") continue; // somebody took it for abandoned, in the moment between
    const removeAtExit = (): void => rmSync(folder, { recursive: true, force: true });
    process.once("exit", removeAtExit);
    const remove = async (): Promise<void> => {
      process.off("exit", removeAtExit);
      await rm(folder, { recursive: true, force: true });
      if (lock !== "none") await lock.drop();
    };
    return { folder, remove };
  }
}

/** Removes folders of ours whose process is gone. What cannot be told or removed stays. */
async function removeAbandoned(prefix: string): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  for (const name of names.filter(one => one.startsWith(prefix))) {
    await removeIfAbandoned(join(tmpdir(), name)).catch(() => undefined);
  }
}

async function removeIfAbandoned(folder: string): Promise<void> {
  if ((await stat(folder)).uid !== (process.getuid?.() ?? 0)) return; // on Windows all are 0, and the folder is one's own
  await access(lockOfFolder(folder)); // without one it is not from here
  const lock = await tryLock(lockOfFolder(folder), "tidying up");
  if (lock === "held" || lock === "none") return;
  await rm(folder, { recursive: true, force: true });
  await lock.drop();
}
