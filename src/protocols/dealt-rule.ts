import { InputError } from "../core/errors.js";
import { hasClass, labelCount } from "../core/labels.js";
import { Random } from "../core/random.js";
import type { Split } from "../datasets/roles.js";
import type { Labelled } from "../datasets/split.js";
import { scaledCount } from "./class-rule.js";
import { drawnBy } from "./drawn-roles.js";
import type { ProtocolRule, RuleOptions } from "./protocol.js";

/**
 * A rule for images of several classes: in random order each image goes to the first of its classes that still wants one,
 * to train with or else as a query; what is no query is the database, train images included.
 */
export function dealtRule(
  name: string,
  { query, train, from, source }: { query: number; train: number; from: string; source: string },
): ProtocolRule {
  return {
    from,
    text: `images in random order, each to the first of its classes that still wants one of ${train} train or ${query} query images; database: everything but the queries (${source})`,
    draw(dataset: Labelled, options: RuleOptions = {}): Split {
      const { seed = 0 } = options;
      const quota = { query: scaledCount(query, options), train: scaledCount(train, options) };
      const roles = deal(name, dataset, quota, seed);
      const rows = (role: Role): Int32Array => Int32Array.from(roles.keys()).filter(row => roles[row] === role);
      return {
        protocol: `${name}: of each class ${quota.train} train, ${quota.query} query, dealt; database everything but the queries`,
        name,
        asPublished: drawnBy(source),
        seed,
        query: rows("query"),
        train: rows("train"),
        database: Int32Array.from(roles.keys()).filter(row => roles[row] !== "query"),
      };
    },
  };
}

type Role = "query" | "train" | "rest";

/** The role of each row. */
function deal(
  name: string,
  { classNames, labels }: Labelled,
  quota: Readonly<Record<"query" | "train", number>>,
  seed: number,
): Role[] {
  const wanted = { train: classNames.map(() => quota.train), query: classNames.map(() => quota.query) };
  const roles: Role[] = Array.from({ length: labelCount(labels) }, () => "rest");
  const takenBy = (row: number): Role => {
    for (const label of classNames.keys()) {
      if (!hasClass(labels, row, label)) continue;
      for (const role of ["train", "query"] as const) {
        if (wanted[role][label] === 0) continue;
        wanted[role][label]--;
        return role;
      }
    }
    return "rest";
  };
  for (const row of new Random(seed).stream(`protocol ${name}`).permutation(roles.length)) roles[row] = takenBy(row);
  const lacking = classNames.findIndex((_, label) => wanted.query[label] > 0 || wanted.train[label] > 0);
  if (lacking < 0) return roles;
  throw new InputError(`protocol ${name} needs larger classes`, {
    expected: `${quota.train} train and ${quota.query} query images for each class, an image counting for one`,
    actual: `${classNames[lacking]} lacks ${wanted.train[lacking]} train and ${wanted.query[lacking]} query images`,
  });
}
