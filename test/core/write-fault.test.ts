import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WriteError } from "../../src/core/errors.js";
import { makeFolder, renameDurably, writeAtomically } from "../../src/core/files.js";
import { systemFault, writeFault } from "../../src/core/write-fault.js";
import { NO_SMALL_DISK, PAGE, SmallDisk } from "../small-disk.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-fault-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** An error as the system throws it. */
function systemError(code: string, path = "x"): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: it says, open '${path}'`), { code, path, syscall: "open", errno: -1 });
}

describe("what cannot be written", () => {
  it("is named with what to do, for every code, in one sentence", async () => {
    const codes =
      "ENOSPC EDQUOT EACCES EPERM EROFS ENOTDIR EEXIST EISDIR ENOENT ELOOP ENAMETOOLONG EMFILE ENFILE EFBIG EIO EBUSY EXYZ";
    for (const code of codes.split(" ")) {
      const file = join(folder, "a.npy");
      const fault = (await writeFault(systemError(code), file, 12_345)) as WriteError;
      expect(fault, code).toBeInstanceOf(WriteError);
      expect(fault.message, code).toMatch(/^[^\n]+$/);
      expect(fault.message.startsWith(`${file}: `), code).toBe(true);
      expect(fault.message, code).not.toMatch(/undefined/);
    }
  });

  it("says of a full disk how much there must be and how much there is", async () => {
    const file = join(folder, "not", "there", "a.npy");
    const { message } = (await writeFault(systemError("ENOSPC"), file, 12_345)) as WriteError;
    expect(message).toMatch(
      /a\.npy: the disk is full; expected room for 12,345 bytes: free space .*; found [\d,]+ bytes free$/,
    );
    expect(((await writeFault(systemError("EDQUOT"), file)) as WriteError).message).toMatch(/the disk is full.*quota/);
  });

  it("names the file that stands where a folder should", async () => {
    writeFileSync(join(folder, "plain"), "");
    for (const place of [join(folder, "plain", "b"), join(folder, "plain", "b", "c")]) {
      const naming = new RegExp(`no folder; .*found ${join(folder, "plain")}, a file$`);
      await expect(writeAtomically(join(place, "x.txt"), "x")).rejects.toThrow(naming);
      await expect(makeFolder(place)).rejects.toThrow(naming);
    }
    await expect(makeFolder(join(folder, "plain"))).rejects.toThrow(/no folder/);
  });

  it("are folders, devices, circles and names too long", async () => {
    mkdirSync(join(folder, "taken"));
    symlinkSync("circle", join(folder, "circle"));
    await expect(writeAtomically(join(folder, "taken"), "x")).rejects.toThrow(/taken: is a folder; expected the name/);
    await expect(writeAtomically("/dev/null", "x")).rejects.toThrow(/\/dev\/null: is no file that can be replaced/);
    await expect(writeAtomically(join(folder, "circle", "x"), "x")).rejects.toThrow(/circle/);
    await expect(writeAtomically(join(folder, "x".repeat(300)), "x")).rejects.toThrow(/the name is too long/);
    await expect(renameDurably(join(folder, "none"), join(folder, "x"))).rejects.toThrow(/not there/);
    expect(readdirSync(folder).sort()).toEqual(["circle", "taken"]);
  });
});

describe.skipIf(NO_SMALL_DISK !== undefined)(
  `a disk of few bytes${NO_SMALL_DISK === undefined ? "" : ` (skipped: ${NO_SMALL_DISK})`}`,
  () => {
    let disk: SmallDisk;
    afterEach(() => disk.unmount());

    it("keeps what was there before, and nothing of what it has no room for", async () => {
      disk = new SmallDisk(256 * PAGE);
      const file = join(disk.folder, "a", "small");
      await writeAtomically(file, "before");
      await expect(writeAtomically(file, new Uint8Array(2 ** 21))).rejects.toThrow(
        /small: the disk is full; expected room for 2,097,152 bytes: .*; found [\d,]+ bytes free/,
      );
      expect(readFileSync(file, "utf8")).toBe("before");
      expect(readdirSync(join(disk.folder, "a"))).toEqual(["small"]);
    });

    it("takes a file that just fits, however the system cuts the writes", async () => {
      disk = new SmallDisk(256 * PAGE);
      const bytes = Uint8Array.from({ length: 10 * PAGE }, (_, i) => i % 251);
      disk.fillUpTo(bytes.length);
      await writeAtomically(join(disk.folder, "fits"), bytes);
      expect(readFileSync(join(disk.folder, "fits")).equals(bytes)).toBe(true);
      disk.fillUpTo(3 * PAGE);
      await expect(writeAtomically(join(disk.folder, "more"), bytes)).rejects.toThrow(
        /room for 40,960 bytes: .*found 12,288 bytes free/,
      );
    });

    it("with room for bytes but for no more files says so", async () => {
      disk = new SmallDisk(64 * PAGE, "nr_inodes=3");
      await writeAtomically(join(disk.folder, "one"), "x");
      await writeAtomically(join(disk.folder, "one"), "y").catch(() => undefined);
      await writeAtomically(join(disk.folder, "two"), "x").catch(() => undefined);
      await expect(writeAtomically(join(disk.folder, "three"), "x")).rejects.toThrow(
        /three: the disk is full; .*bytes free, but room for no more files \(inodes\)/,
      );
    });

    it("that is read-only says so", async () => {
      disk = new SmallDisk(16 * PAGE, "ro");
      await expect(writeAtomically(join(disk.folder, "x"), "x")).rejects.toThrow(/x: lies on a read-only file system/);
      await expect(makeFolder(join(disk.folder, "y"))).rejects.toThrow(/y: lies on a read-only file system/);
    });
  },
);

describe("an error that nobody expected", () => {
  it("is told by its path where it has one, and stays itself where it has none", async () => {
    expect(((await systemFault(systemError("EACCES", "/a"))) as Error).message).toMatch(
      /^\/a: cannot be used; .*EACCES/,
    );
    expect(((await systemFault(systemError("ENOSPC", "/a"))) as Error).message).toMatch(/^\/a: the disk is full/);
    const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED", syscall: "connect" });
    const plain = new TypeError("x is not a function");
    expect(await systemFault(refused)).toBe(refused);
    expect(await systemFault(plain)).toBe(plain);
    expect(await writeFault(plain, "/a")).toBe(plain);
  });
});
