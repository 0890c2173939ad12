import { createHash } from "node:crypto";
import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import { Random } from "../core/random.js";
import { takeLabels } from "../core/take-labels.js";
import type { Dataset } from "./dataset.js";
import { rowsByClass } from "./dataset.js";
import { datasetOfRows } from "./dataset-of-rows.js";
import type { Role } from "./roles.js";
import { ROLES } from "./roles.js";

/**
 * A small dataset of some images of each class, for quick runs. Images of several classes are drawn for each of them, so
 * that a class has `perClass` images or more.
 * @throws {InputError} when a class has fewer, unless `smaller` is "take"
 */
export function sampleDataset<L extends Labels>(
  dataset: Dataset<L>,
  options: {
    /** Images a class, 1 or more. */
    perClass: number;
    /** Default 0. */
    seed?: number;
    /** What becomes of classes with fewer images: "take" takes all of theirs. Default "refuse". */
    smaller?: "refuse" | "take";
  },
): Dataset<L> {
  const { perClass, seed = 0, smaller = "refuse" } = options;
  const random = new Random(seed);
  const rows = rowsByClass(dataset).flatMap((members, label) => {
    if (members.length < perClass && smaller === "refuse") {
      throw new InputError(`class ${dataset.classNames[label]} of ${dataset.name} is too small for this sample`, {
        expected: `${perClass} images`,
        actual: `${members.length}`,
      });
    }
    const order = random.stream(`sample, class ${label}`).permutation(members.length);
    return Array.from(order.subarray(0, perClass), i => members[i]);
  });
  const taken = Int32Array.from(new Set(rows)).sort();
  const hash = createHash("sha256").update(dataset.contentHash).update(new Uint8Array(taken.buffer)).digest("hex");
  return {
    name: `${dataset.name}-sample-${perClass}`,
    description: `${perClass} images a class (seed ${seed}) of: ${dataset.description}`,
    classNames: dataset.classNames,
    ids: Array.from(taken, row => dataset.ids[row]),
    labels: takeLabels(dataset.labels, taken),
    contentHash: hash,
    image: row => dataset.image(taken[row]),
  };
}

/**
 * A small dataset of one that has roles, for quick runs: some images of each role, which keep all roles that they have.
 * @param count images drawn of each role; all of a smaller one
 * @throws {InputError} for a dataset without roles
 */
export function sampleRoles(
  dataset: Dataset,
  count: Readonly<Record<Role, number>>,
  options: {
    /** Default 0. */
    seed?: number;
  } = {},
): Dataset {
  const { roles } = dataset;
  if (roles === undefined) throw new InputError(`${dataset.name} has no roles to draw images of`);
  const random = new Random(options.seed ?? 0);
  const drawn = ROLES.flatMap(role => {
    const order = random.stream(`sample, ${role}`).permutation(roles[role].length);
    return Array.from(order.subarray(0, count[role]), i => roles[role][i]);
  });
  const rows = Int32Array.from(new Set(drawn)).sort();
  const placeOf = new Map(Array.from(rows, (row, place) => [row, place]));
  const placesOf = (role: Role): Int32Array =>
    Int32Array.from(Array.from(roles[role]).flatMap(row => placeOf.get(row) ?? []));
  const [query, train, database] = ROLES.map(placesOf);
  const protocol = `some images of each role of: ${roles.protocol}`;
  return { ...datasetOfRows(dataset, rows, "sample"), roles: { ...roles, protocol, query, train, database } };
}
