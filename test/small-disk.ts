// A disk of some megabytes that a test may fill: a tmpfs. Only the superuser can mount one.
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, statfsSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A page of tmpfs: what a file takes at least, and what is given or refused at a time. */
export const PAGE = 4096;

/** A file system of its own, of few bytes. */
export class SmallDisk {
  readonly folder: string;

  /** @param bytes of all of it; `options` of mount beside the size, such as "ro" */
  constructor(bytes: number, options = "rw") {
    this.folder = mkdtempSync(join(tmpdir(), "hashbook-disk-"));
    const { status, stderr, error } = spawnSync("mount", [
      ...["-t", "tmpfs", "-o", `size=${bytes},${options}`],
      ...["hashbook-test", this.folder],
    ]);
    if (status === 0) return;
    rmdirSync(this.folder);
    throw new Error(error?.message ?? String(stderr).trim());
  }

  private get filler(): string {
    return join(this.folder, "filler");
  }

  /** Bytes that are free. */
  get free(): number {
    const { bavail, bsize } = statfsSync(this.folder);
    return bavail * bsize;
  }

  /** Takes all the room but for some bytes. */
  fillUpTo(left: number): void {
    this.empty();
    const file = openSync(this.filler, "w");
    const page = Buffer.alloc(PAGE, 1);
    for (let take = Math.floor((this.free - left) / PAGE); take > 0; take--) writeSync(file, page);
    closeSync(file);
  }

  /** Gives back what {@link fillUpTo} took. */
  empty(): void {
    rmSync(this.filler, { force: true });
  }

  unmount(): void {
    spawnSync("umount", ["-l", this.folder]);
    rmdirSync(this.folder);
  }
}

function reason(): string | undefined {
  if (process.platform !== "linux") return "tmpfs is Linux's";
  try {
    new SmallDisk(PAGE).unmount();
    return undefined;
  } catch (cause) {
    return `no tmpfs can be mounted here: ${(cause as Error).message}`;
  }
}

/** Why there are no small disks here; undefined where there are. */
export const NO_SMALL_DISK: string | undefined = reason();
