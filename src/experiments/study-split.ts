import { InputError } from "../core/errors.js";
import { labelCount, singleLabels } from "../core/labels.js";
import { labelledRows } from "../core/unlabelled.js";
import type { Dataset, DatasetSummary } from "../datasets/dataset.js";
import { datasetSummary } from "../datasets/dataset.js";
import { randomSplit } from "../datasets/random-split.js";
import type { Role } from "../datasets/roles.js";
import { ROLES } from "../datasets/roles.js";
import type { ClassQuota, Split } from "../datasets/split.js";
import { drawByClass, hashingSplit } from "../datasets/split.js";
import { drawUnseen } from "../datasets/unseen-class-split.js";

/** Queries and train images a class in the usual protocol. */
const QUERIES = 100;
const TRAIN = 500;

/** Images a class in a smoke study: queries, train, and all. */
export const SMOKE: Readonly<Record<"queryPerClass" | "trainPerClass" | "perClass", number>> = {
  queryPerClass: 8,
  trainPerClass: 24,
  perClass: 40,
};

/** Images of each role in a smoke study of a dataset that has roles. */
export const SMOKE_ROLES: Readonly<Record<Role, number>> = { query: 80, train: 240, database: 80 };

/** Whether a dataset says itself what is searched, and what is trained on. */
function givesRoles({ roles }: Dataset): boolean {
  return roles !== undefined && [roles.query, roles.train, roles.database].every(rows => rows.length > 0);
}

/** Published roles are not drawn over. @throws {InputError} when one of them has no images */
function checkRolesWhole({ name, roles }: Dataset): void {
  if (roles?.asPublished === undefined) return;
  const absent = ROLES.filter(role => roles[role].length === 0);
  throw new InputError(`the lists of ${name} have no ${absent.join(" and no ")} images`, {
    expected: "train.txt beside the others; or one file of all images (label-file), of which a study draws the roles",
    actual: roles.asPublished,
  });
}

/** What a class of so many images gives: the usual numbers where it has enough, else a tenth of it and half of it. */
function quotaOf(images: number, smoke: boolean): ClassQuota {
  const database = Number.POSITIVE_INFINITY;
  const { queryPerClass, trainPerClass } = SMOKE;
  if (smoke && images > queryPerClass + trainPerClass) {
    return { query: queryPerClass, train: trainPerClass, database };
  }
  if (images > QUERIES + TRAIN) return { query: QUERIES, train: TRAIN, database };
  if (images < 2) return { query: 0, train: 0, database };
  return { query: Math.max(1, Math.floor(images / 10)), train: Math.max(1, Math.floor(images / 2)), database };
}

/**
 * The split of a study: the roles of the dataset where it has them, else of each class 100 queries and 500 train images,
 * the database all but the queries. A class too small for that gives a tenth of its images as queries and half of them as
 * train images; one of a single image lies in the database only. Images of several classes are drawn from all at random:
 * a tenth of them queries, half to train on, as far as 5,000 and 10,000. Smoke runs get a few. What classes lack is said
 * in the protocol.
 * @throws {InputError} when no class has two images, or published lists lack a role
 */
export function studySplit(
  dataset: Dataset,
  options: {
    smoke?: boolean;
    seed?: number;
    /** As for `openStudy`. */
    unseenClasses?: number;
  } = {},
): Split {
  const { smoke = false, seed = 0, unseenClasses } = options;
  if (unseenClasses !== undefined) return unseenStudySplit(dataset, { smoke, seed, unseenClasses });
  if (givesRoles(dataset)) return dataset.roles!;
  checkRolesWhole(dataset);
  if (!(dataset.labels instanceof Int32Array)) return randomSplit(dataset, { ...randomSizes(dataset, smoke), seed });
  const { perClass } = datasetSummary(dataset);
  const sizes = perClass.map(({ images }) => images);
  const quotas = sizes.map(images => quotaOf(images, smoke));
  if (quotas.every(({ query }) => query === 0)) {
    const largest = perClass.find(({ images }) => images > 0);
    throw new InputError(`all classes of ${dataset.name} are too small for a split`, {
      expected: "a class of two images or more: one to search with, one to find",
      actual: largest === undefined ? "no image of a known class" : `${largest.name} has ${largest.images}`,
    });
  }
  const [{ query, train }] = quotas;
  if (quotas.every(one => one.query === query && one.train === train)) {
    return hashingSplit(dataset, { queryPerClass: query, trainPerClass: train, seed });
  }
  const usual = smoke ? SMOKE : { queryPerClass: QUERIES, trainPerClass: TRAIN };
  const protocol =
    `per class: ${usual.queryPerClass} query, ${usual.trainPerClass} train where it has more, else a tenth and half of ` +
    `it, database everything but the queries; train is part of it${lackingText(perClass, usual)}`;
  return { protocol, seed, ...drawByClass(dataset, images => quotaOf(images, smoke), seed) };
}

/** Of images of several classes: a tenth as queries and half to train on, at most 5,000 and 10,000 as in the papers. */
function randomSizes({ labels }: Dataset, smoke: boolean): { queries: number; train: number } {
  const every = Int32Array.from({ length: labelCount(labels) }, (_, row) => row);
  const images = labelledRows(labels, every).length;
  const most = smoke ? SMOKE_ROLES : { query: 5000, train: 10_000 };
  return {
    queries: Math.max(1, Math.min(most.query, Math.floor(images / 10))),
    train: Math.max(1, Math.min(most.train, Math.floor(images / 2))),
  };
}

/** @throws {InputError} for a dataset that has roles, or several classes an image */
function unseenStudySplit(
  dataset: Dataset,
  { smoke, ...options }: { smoke: boolean; seed: number; unseenClasses: number },
): Split {
  if (givesRoles(dataset)) {
    throw new InputError(`${dataset.name} has roles of its own`, { expected: "unseenClasses of data without roles" });
  }
  singleLabels(dataset.labels, "a split by class");
  return drawUnseen(dataset, images => quotaOf(images, smoke), options);
}

/** Classes named in a protocol. */
const NAMED = 5;

/** What which classes lack, in words. */
function lackingText(
  classes: DatasetSummary["perClass"],
  { queryPerClass, trainPerClass }: { readonly queryPerClass: number; readonly trainPerClass: number },
): string {
  const needed = queryPerClass + trainPerClass + 1;
  const wordsOf = (what: string, list: DatasetSummary["perClass"]): string => {
    if (list.length === 0) return "";
    const names = list.slice(0, NAMED).map(({ name, images }) => `${name} (${images})`);
    return `; ${list.length} ${what}: ${names.join(", ")}${list.length > NAMED ? ", …" : ""}`;
  };
  const small = classes.filter(({ images }) => images >= 2 && images < needed);
  const alone = classes.filter(({ images }) => images === 1);
  const empty = classes.filter(({ images }) => images === 0);
  return [
    wordsOf(`classes have fewer than ${needed} images`, small),
    wordsOf("classes have one image, which is in the database alone", alone),
    wordsOf("classes have none", empty),
  ].join("");
}
