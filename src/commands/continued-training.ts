import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { InputError } from "../core/errors.js";
import { someNames } from "../core/named-labels.js";
import type { HeadDescription } from "../hashing/head-file.js";
import type { TrainingItems } from "./training-data.js";

/**
 * Checks that a training goes on with the classes and the roles that the model was trained with: its losses know classes
 * by number, and rows that are queries to the model must not be trained on.
 * @param model folder of the model, for messages
 * @param known what its head.json says
 * @throws {InputError} when the data numbers classes in another way, or has other roles
 */
export function checkContinues(
  model: string,
  known: Pick<HeadDescription, "classNames" | "roles" | "trainedOn">,
  { classNames, items, roles }: TrainingItems,
): void {
  const file = join(model, "head.json");
  if (known.classNames !== undefined && classNames !== undefined && !isDeepStrictEqual(known.classNames, classNames)) {
    throw new InputError("the model was trained on other classes, or in another order", {
      file,
      expected: `data whose classes are ${someNames(known.classNames)}`,
      actual: someNames(classNames),
    });
  }
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
