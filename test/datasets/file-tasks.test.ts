import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { fileDigests, fileStatuses, objectionToStatus } from "../../src/datasets/file-tasks.js";

let root: string;
const content = (i: number): string => `picture ${i} `.repeat(1 + (i % 7));
/** More than are looked at without threads, at the end of no message. */
const MANY = 2050;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "hashbook-tasks-"));
  for (let i = 0; i < MANY; i++) await writeFile(join(root, `${i}`), content(i));
  await mkdir(join(root, "folder"));
  await symlink(join(root, "3"), join(root, "link"));
});
afterAll(() => rm(root, { recursive: true }));

const files = (count: number): string[] => Array.from({ length: count }, (_, i) => join(root, `${i}`));

it.each([40, MANY])("tells the statuses of %d files, what is wrong with them, in their order", async count => {
  const some = [
    ...files(count - 4),
    join(root, "missing"),
    join(root, "folder"),
    join(root, "link"),
    join(root, "0/below"),
  ];
  const found = await fileStatuses(some);
  for (const [i, status] of found.slice(0, count - 4).entries()) {
    const { size, mtimeNs, ctimeNs, ino } = await stat(some[i], { bigint: true });
    expect(status).toMatchObject({
      kind: "file",
      size: content(i).length,
      stamp: `${size} ${mtimeNs} ${ctimeNs} ${ino}`,
    });
  }
  expect(found.slice(-4).map(objectionToStatus)).toEqual(["it is not there", "a folder", undefined, "it is not there"]);
  expect(found.at(-2)).toEqual(found[3]);
});

it.each([40, MANY])("hashes the blocks of %d files", async count => {
  const done: number[] = [];
  const questions = files(count).map((file, i) => ({
    file,
    blocks:
      i === 5
        ? [[0, 1000] as const]
        : ([
            [1, 3],
            [0, 5],
          ] as const),
  }));
  const found = await fileDigests([...questions, { file: join(root, "missing"), blocks: [] }], some => done.push(some));
  const expected = questions.map(({ blocks }, i) => {
    if (i === 5) return { fault: "it became shorter while it was read" };
    const hash = createHash("sha256");
    for (const [start, length] of blocks) hash.update(content(i).slice(start, start + length));
    return { digest: hash.digest("hex") };
  });
  expect(found).toEqual([...expected, { fault: "ENOENT" }]);
  expect(done.at(-1)).toBe(count + 1);
});
