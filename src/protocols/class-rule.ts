import { InputError } from "../core/errors.js";
import { singleLabels } from "../core/labels.js";
import { rowsByClass } from "../datasets/dataset.js";
import type { Split } from "../datasets/roles.js";
import type { Labelled } from "../datasets/split.js";
import { drawByClass } from "../datasets/split.js";
import { drawnBy } from "./drawn-roles.js";
import type { ProtocolRule, RuleOptions } from "./protocol.js";

/** What the database of a {@link classRule} is. */
export type ClassRuleDatabase = "neither query nor train" | "everything but the queries" | "the train images";

/**
 * A rule that deals the images of each class: so many queries, so many to train with, and a database. Queries and train
 * rows are those of `hashingSplit` with the same counts and seed.
 */
export function classRule(
  name: string,
  {
    query,
    train,
    database,
    from,
    source,
  }: {
    /** Queries a class. */
    query: number;
    /** Train images a class. */
    train: number;
    database: ClassRuleDatabase;
    from: string;
    source: string;
  },
): ProtocolRule {
  const text = `of each class ${query} random images query, ${train} others train, database: ${database} (${source})`;
  return {
    from,
    text,
    draw(dataset: Labelled, options: RuleOptions = {}): Split {
      const { seed = 0 } = options;
      const quota = { query: scaledCount(query, options), train: scaledCount(train, options) };
      singleLabels(dataset.labels, `protocol ${name}`);
      checkSizes(name, dataset, quota.query + quota.train);
      const drawn = drawByClass(dataset, () => ({ ...quota, database: Number.POSITIVE_INFINITY }), seed);
      const split = { ...drawn, database: databaseOf[database](drawn) };
      const protocol = `${name}: of each class ${quota.query} query, ${quota.train} train, database ${database}`;
      return { protocol, name, asPublished: drawnBy(source), seed, ...split };
    },
  };
}

type Drawn = Pick<Split, "query" | "train" | "database">;

const databaseOf: Readonly<Record<ClassRuleDatabase, (drawn: Drawn) => Int32Array>> = {
  "neither query nor train": ({ train, database }) => {
    const learned = new Set(train);
    return database.filter(row => !learned.has(row));
  },
  "everything but the queries": ({ database }) => database,
  "the train images": ({ train }) => train.slice(),
};

/** @throws {InputError} for a scale that is none */
export function scaledCount(count: number, { scale = 1 }: RuleOptions): number {
  if (!(scale > 0 && scale <= 1)) {
    throw new InputError("scale is out of bounds", { expected: "above 0, at most 1", actual: `${scale}` });
  }
  return Math.max(1, Math.round(scale * count));
}

function checkSizes(name: string, dataset: Labelled, needed: number): void {
  const members = rowsByClass(dataset);
  const small = members.findIndex(rows => rows.length < needed);
  if (small < 0) return;
  throw new InputError(`protocol ${name} needs larger classes`, {
    expected: `${needed} images of each class for queries and training`,
    actual: `${members[small].length} of ${dataset.classNames[small]}`,
  });
}
