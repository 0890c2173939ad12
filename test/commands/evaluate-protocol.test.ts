// The headline of a protocol through the command, on codes whose other figures NumPy has given.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = join(root, "test/goldens/evaluate/multi-hot48");
const FILES = ["query-codes", "database-codes", "query-labels", "database-labels"].flatMap(name => [
  `--${name}`,
  join(folder, `${name}.npy`),
]);

async function evaluate(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    join(root, "bin/hashbook.js"),
    "evaluate",
    ...FILES,
    ...args,
  ]);
  return stdout;
}

beforeAll(() => evaluate(), 120_000); // builds lib/ when it is stale

describe("evaluate --protocol", () => {
  it("gives our figure at its R and the papers', with their rule for items without a label", async () => {
    const { headline, ...rest } = JSON.parse(await evaluate("--protocol", "coco", "--json"));
    const keep = JSON.parse(
      await evaluate("--convention", "thuml-caffe", "--cutoff", "5000", "--unlabelled", "keep", "--json"),
    );
    const drop = JSON.parse(await evaluate("--cutoff", "5000", "--json"));
    expect(drop.unlabelled).toBeDefined(); // else this shows less
    expect(headline.ours).toEqual(drop.mAP["5000"]);
    expect(headline.papers).toEqual({
      convention: "thuml-caffe",
      value: keep.published["thuml-caffe"]["5000"],
      unlabelled: "keep",
    });
    expect(rest).toEqual(drop);
    expect(headline.published.map((one: { value: number }) => one.value)).toEqual([0.7301]);
    expect(headline.differs.join()).toMatch(/query \d+ instead of 5,000, database \d+ instead of 112,218/);
  });

  it("says in the table whose figure is whose", async () => {
    const text = await evaluate("--protocol", "coco");
    expect(text).toMatch(/^protocol coco: COCO, thuml's lists/m);
    expect(text).toMatch(/^mAP@5000 +0\.\d+ {2}ours: tie-aware, AP divided by min\(P, 5000\)$/m);
    expect(text).toMatch(/^ +0\.\d+ {2}as thuml-caffe: divides by the hits.*items without a label kept/m);
    expect(text).toMatch(/^ +0\.7301 {2}PUBLISHED, hashnet: AlexNet, trained end to end; .*from memory/m);
    expect(text).toMatch(/^what differs: /m);
    expect(await evaluate("--protocol", "fashion-mnist-multilabel")).toMatch(/nothing is published/);
  });

  it("refuses a protocol that there is not, with the names", async () => {
    const error = await evaluate("--protocol", "cocoa").then(
      () => undefined,
      failed => failed,
    );
    expect(error.code).toBe(2);
    expect(error.stderr).toMatch(/there is no protocol "cocoa".*coco/);
  });
});
