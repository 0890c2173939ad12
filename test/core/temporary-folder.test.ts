import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeTemporaryFolder } from "../../src/core/temporary-folder.js";

const CHILD = `
import { makeTemporaryFolder } from ${JSON.stringify(new URL("../../lib/core/temporary-folder.js", import.meta.url).href)};
process.once("SIGTERM", () => process.exit(143));
const { folder } = await makeTemporaryFolder("test");
process.stdout.write(folder);
setInterval(() => undefined, 1000);`;

describe("makeTemporaryFolder", () => {
  let place: string;
  const before = process.env.TMPDIR;
  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), "hashbook-test-"));
    process.env.TMPDIR = place;
  });
  afterEach(async () => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    await rm(place, { recursive: true });
  });

  /** A process with a temporary folder, ended by a signal when there is one. */
  const inChild = async (signal?: NodeJS.Signals) => {
    const child = spawn(process.execPath, ["--input-type=module", "--eval", CHILD], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [folder] = await once(child.stdout, "data");
    const end = async (by: NodeJS.Signals): Promise<void> => {
      const closed = once(child, "close");
      child.kill(by);
      await closed;
    };
    if (signal !== undefined) await end(signal);
    return { name: basename(String(folder)), end };
  };

  it("goes with remove, or with the exit of its process", async () => {
    const { folder, remove } = await makeTemporaryFolder("test");
    expect(await readdir(place)).toEqual([basename(folder)]);
    await remove();
    expect(await readdir(place)).toEqual([]);
    await inChild("SIGTERM");
    expect(await readdir(place)).toEqual([]);
  });

  it("of a killed process goes when the next is made; those of others stay", async () => {
    const killed = await inChild("SIGKILL");
    expect(await readdir(place)).toEqual([killed.name]);
    const alive = await inChild();
    expect(await readdir(place)).toEqual([alive.name]);
    for (const name of ["hashbook-test-others", "hashbook-else-1", "test"]) await mkdir(join(place, name));
    await writeFile(join(place, "hashbook-test-file"), "");
    const others = await readdir(place);
    const mine = await makeTemporaryFolder("test");
    expect((await readdir(place)).sort()).toEqual([...others, basename(mine.folder)].sort());
    await mine.remove();
    await alive.end("SIGKILL");
    await (await makeTemporaryFolder("test")).remove();
    expect((await readdir(place)).sort()).toEqual(others.filter(name => name !== alive.name).sort());
  });
});
