import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { InputError } from "../core/errors.js";
import { someNames } from "../core/named-labels.js";
import type { FeatureManifest } from "../features/feature-manifest.js";
import type { HeadDescription } from "../hashing/head-file.js";
import type { TrainingItems } from "./training-data.js";

/**
 * Checks that a training goes on with the classes and the roles that the model was trained with: its losses know classes
 * by number, and rows that are queries to the model must not be trained on.
 * @param model folder of the model, for messages
 * @param known what its head.json says
 * @throws {InputError} when the data numbers classes in another way, or has other roles or other products made one
 */
export function checkContinues(
  model: string,
  known: Pick<HeadDescription, "classNames" | "roles" | "trainedOn" | "mergedProducts" | "features">,
  { classNames, items, roles, ...merged }: TrainingItems,
): void {
  const file = join(model, "head.json");
  if (known.classNames !== undefined && classNames !== undefined && !isDeepStrictEqual(known.classNames, classNames)) {
    throw new InputError("the model was trained on other classes, or in another order", {
      file,
      expected: `data whose classes are ${someNames(known.classNames)}`,
      actual: someNames(classNames),
    });
  }
  checkMerged(file, mergedOf(known.mergedProducts, known.features), mergedOf(merged.mergedProducts, merged.manifest));
  if (items === undefined || known.trainedOn?.contentHash !== items.contentHash) return;
  if (isDeepStrictEqual(known.roles, roles)) return;
  const describeRoles = (one: TrainingItems["roles"]): string =>
    one === undefined ? "none" : `${one.protocol}; seed ${one.seed}`;
  throw new InputError("the model was trained with other roles of the same data", {
    file,
    expected: `the roles ${describeRoles(known.roles)}; \`hashbook split\` draws the same ones again from the same settings`,
    actual: describeRoles(roles),
  });
}

/** Products that are one, by a list or in the features' data already. */
function mergedOf(
  byList: TrainingItems["mergedProducts"],
  manifest: Pick<FeatureManifest, "mergedProducts"> | undefined,
): NonNullable<TrainingItems["mergedProducts"]> {
  return byList ?? manifest?.mergedProducts ?? [];
}

/** A fold that was left out holds other images where other products are one. */
function checkMerged(
  file: string,
  known: NonNullable<TrainingItems["mergedProducts"]>,
  now: NonNullable<TrainingItems["mergedProducts"]>,
): void {
  if (isDeepStrictEqual(known, now)) return;
  const text = (groups: typeof known): string =>
    groups.length === 0 ? "none" : groups.map(group => group.join(" = ")).join(", ");
  throw new InputError("the model was trained with other products made one (--merge-products)", {
    file,
    expected: text(known),
    actual: text(now),
  });
}
