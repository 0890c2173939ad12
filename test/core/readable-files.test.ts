import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { InputError } from "../../src/core/errors.js";
import { checkReadable } from "../../src/core/readable-files.js";

it("names the first file that is missing or a folder, and what was expected of it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hashbook-readable-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "codes.npy");
  await writeFile(file, "");
  await checkReadable({ codes: file, features: undefined });
  const missing = checkReadable({ codes: file, "a submission": join(folder, "none.csv") });
  await expect(missing).rejects.toThrow(InputError);
  await expect(missing).rejects.toThrow(/none\.csv: cannot be read; expected a submission; found no such file/);
  await expect(checkReadable({ codes: folder })).rejects.toThrow(
    /cannot be read; expected codes; found it is a folder/,
  );
});
