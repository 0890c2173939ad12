// Nothing locks users into our kernel: the notebooks run on tslab's compiler and executor as they are. Minutes, so only where
// HASHBOOK_TEST_TSLAB is set; CI sets it, and runs two at a time.
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, it } from "vitest";
import { packageFolder } from "../../src/core/paths.js";
import { ensureLib } from "./built-lib.js";

const folder = join(packageFolder, "notebooks");
const notebooks = (await readdir(folder)).filter(name => name.endsWith(".ipynb")).sort();
const runner = fileURLToPath(new URL("plain-tslab.mjs", import.meta.url));

describe.skipIf(process.env.HASHBOOK_TEST_TSLAB === undefined)("plain tslab", () => {
  let home: string;
  beforeAll(async () => {
    ensureLib();
    home = await mkdtemp(join(tmpdir(), "hashbook-test-"));
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  it.concurrent.each(notebooks)(
    "runs %s",
    async name => {
      const env = { ...process.env, HASHBOOK_SMOKE: "1", HASHBOOK_HOME: home };
      // Rejects, with what it said on stderr, unless the exit code is 0.
      await promisify(execFile)(process.execPath, [runner, name], { cwd: folder, env, maxBuffer: 2 ** 28 });
    },
    600_000,
  );
});
