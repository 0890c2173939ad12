import { describe, expect, it } from "vitest";
import { multiHotLabels } from "../../src/core/labels.js";
import { Random } from "../../src/core/random.js";
import type { Split } from "../../src/datasets/roles.js";
import type { DatasetInRoles } from "../../src/protocols/check-protocol.js";
import { checkProtocol, protocolCheckLines } from "../../src/protocols/check-protocol.js";
import { protocolOf } from "../../src/protocols/known-protocols.js";

const rows = (begin: number, end: number): Int32Array => Int32Array.from({ length: end - begin }, (_, i) => begin + i);

/** Rows in roles, each with one class, or some without. */
function inRoles(
  classes: number,
  roles: Pick<Split, "query" | "train" | "database">,
  without: readonly number[] = [],
): DatasetInRoles {
  const count = Math.max(...[roles.query, roles.train, roles.database].map(list => (list.at(-1) ?? -1) + 1));
  const data = new Uint8Array(count * classes);
  for (let row = 0; row < count; row++) data[row * classes + (row % classes)] = 1;
  for (const row of without) data.fill(0, row * classes, (row + 1) * classes);
  const labels = multiHotLabels({ data, shape: [count, classes] });
  const classNames = Array.from({ length: classes }, (_, label) => String(label));
  return { classNames, labels, roles: { protocol: "lists", seed: 0, ...roles } };
}

/** As thuml's COCO: queries are the first rows of the database, train rows are beyond it. */
const coco = (train: number): DatasetInRoles =>
  inRoles(80, { query: rows(0, 5000), database: rows(0, 112_218), train: rows(112_218, 112_218 + train) });

describe("checkProtocol", () => {
  it("says that lists are as published", () => {
    const check = checkProtocol(protocolOf("coco"), coco(10_000));
    expect(check.differs).toEqual([]);
    expect(check.notKnown).toEqual([]);
    expect(check.agrees.map(({ what, found }) => `${found} ${what}`)).toEqual([
      "5000 query",
      "10000 train",
      "112218 database",
      "80 classes",
      "5000 queries in the database",
      "10000 train images outside the database",
      "0 queries without a label",
    ]);
    const lines = protocolCheckLines(check);
    expect(lines[0]).toBe("protocol coco: as published");
    expect(lines.filter(line => line.startsWith("  note: "))).toHaveLength(protocolOf("coco").traps.length);
  });

  it("says what differs, and whose lists they are", () => {
    const check = checkProtocol(protocolOf("coco"), coco(9992));
    expect(check.differs).toEqual([
      { what: "train", found: 9992, expected: 10_000 },
      { what: "train images outside the database", found: 9992, expected: 10_000 },
    ]);
    expect(check.variant).toContain("CSQ's");
    expect(protocolCheckLines(check).slice(0, 2)).toEqual([
      "protocol coco: differs: 9992 train instead of 10000, 9992 train images outside the database instead of 10000",
      expect.stringMatching(/^ {2}these counts are of other lists of that name: CSQ's/),
    ]);
    const other = checkProtocol(protocolOf("coco"), coco(9000));
    expect(other.variant).toBeUndefined();
  });

  it("knows the variants of the other protocols", () => {
    const imagenet = inRoles(100, { query: rows(0, 4983), train: rows(4983, 17_983), database: rows(4983, 133_486) });
    expect(checkProtocol(protocolOf("imagenet-100"), imagenet)).toMatchObject({
      differs: [{ what: "query", found: 4983, expected: 5000 }],
      variant: expect.stringContaining("4,983 queries"),
    });
    const nus = inRoles(21, { query: rows(0, 2040), train: rows(2040, 12_495), database: rows(2040, 20_000) });
    expect(checkProtocol(protocolOf("nuswide-21"), nus).variant).toContain("10,455 train");
  });

  it("tells lists of equal counts apart by their queries without a label", () => {
    const roles = { query: rows(0, 5000), train: rows(5000, 15_000), database: rows(5000, 30_000) };
    const dch = checkProtocol(protocolOf("nuswide-81"), inRoles(81, roles));
    expect(dch.differs).toEqual([{ what: "queries without a label", found: 0, expected: 1131 }]);
    expect(dch.variant).toContain("DCH's");
    const unlabelled = Array.from(new Random(1).permutation(5000).slice(0, 1131));
    const thuml = checkProtocol(protocolOf("nuswide-81"), inRoles(81, roles, unlabelled));
    expect(thuml.differs).toEqual([]);
    expect(thuml.notKnown.map(({ what, found }) => [what, found])).toEqual([
      ["database", 25_000],
      ["queries in the database", 0],
      ["train images outside the database", 0],
    ]);
  });

  it("agrees with what each rule draws of CIFAR-10", () => {
    const labels = Int32Array.from({ length: 60_000 }, (_, row) => row % 10);
    const classNames = Array.from({ length: 10 }, (_, label) => String(label));
    for (const name of ["cifar10", "cifar10-1", "cifar10-2"]) {
      const protocol = protocolOf(name);
      const roles = protocol.rule!.draw({ name: "cifar-10", classNames, labels }, { seed: 5 });
      const check = checkProtocol(protocol, { classNames, labels, roles });
      expect([name, check.differs, check.notKnown]).toEqual([name, [], []]);
    }
  });
});
