import { describe, expect, it } from "vitest";
import type { Role } from "../../src/datasets/roles.js";
import { ROLES } from "../../src/datasets/roles.js";
import { sampleRoles } from "../../src/datasets/sample.js";
import { greyDataset } from "../features/fake.js";

const rows = (from: number, to: number): Int32Array => Int32Array.from({ length: to - from }, (_, i) => from + i);

describe("sampleRoles", () => {
  // As COCO's lists: queries in the database, train rows not.
  const roles = {
    protocol: "made-up",
    asPublished: "nowhere",
    seed: 0,
    query: rows(0, 30),
    train: rows(100, 160),
    database: rows(0, 100),
  };
  const dataset = { ...greyDataset(160), roles };

  it("keeps all roles of the images it draws, and their labels", () => {
    const sample = sampleRoles(dataset, { query: 8, train: 20, database: 10 });
    const rolesOf = (all: Readonly<Record<Role, Int32Array>>, row: number): Role[] =>
      ROLES.filter(role => all[role].includes(row));
    for (const [row, id] of sample.ids.entries()) {
      const before = dataset.ids.indexOf(id);
      expect(rolesOf(sample.roles!, row)).toEqual(rolesOf(roles, before));
      expect(sample.labels).toHaveLength(sample.ids.length);
      expect((sample.labels as Int32Array)[row]).toBe((dataset.labels as Int32Array)[before]);
    }
    const { query, train, database, asPublished } = sample.roles!;
    expect(train).toHaveLength(20);
    expect(query.length).toBeGreaterThanOrEqual(8); // and those that the database brought
    expect(database.length).toBeGreaterThanOrEqual(query.length);
    expect(asPublished).toBe("nowhere");
    for (const list of [query, train, database]) expect([...list]).toEqual([...list].sort((a, b) => a - b));
  });

  it("takes all of a role that has fewer, another part with another seed, and needs roles", () => {
    const few = (seed: number) => sampleRoles(dataset, { query: 99, train: 5, database: 5 }, { seed });
    expect(few(0).roles!.query).toHaveLength(30);
    expect(few(1).ids).not.toEqual(few(0).ids);
    expect(few(1).contentHash).not.toBe(few(0).contentHash);
    expect(few(0)).toMatchObject({ ids: few(0).ids, contentHash: few(0).contentHash });
    expect(() => sampleRoles(greyDataset(8), { query: 1, train: 1, database: 1 })).toThrow(/no roles/);
  });
});
