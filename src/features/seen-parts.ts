import { InputError } from "../core/errors.js";
import type { JsonSchema } from "../core/json-schema.js";
import { COUNT, listOf, objectOf } from "../core/json-schema.js";
import type { SeenAs } from "./seen-items.js";
import { SEEN_AS } from "./seen-items.js";

/** Items that a model is judged by though it has seen them. */
export interface SeenPart {
  readonly what: "queries" | "gallery images";
  readonly as: SeenAs;
  readonly count: number;
  readonly of: number;
}

/** {@link SeenPart} in files. */
export const SEEN_PARTS_SCHEMA: JsonSchema = listOf(
  objectOf({ what: { enum: ["queries", "gallery images"] }, as: { enum: SEEN_AS }, count: COUNT, of: COUNT }),
);

const WORDS: Readonly<Record<SeenAs, string>> = {
  trained: "were trained on",
  fitted: "were fitted to",
  validated: "validated the training",
};

/** What was seen, in words: "6 of 6 queries were trained on". */
export function seenText(seen: readonly SeenPart[]): string {
  return seen.map(({ what, as, count, of }) => `${count} of ${of} ${what} ${WORDS[as]}`).join(", ");
}

/** A line that says what was seen, and none where nothing was; for what people read who allowed it. */
export function seenLines(seen: readonly SeenPart[]): string[] {
  return seen.length === 0 ? [] : [`SEEN BEFORE: ${seenText(seen)}. This is no measure of what is new.`];
}

/**
 * Refuses to judge a model by what it has seen.
 * @param options whether it is allowed, with what, the file that the model made, and how it is done rightly
 * @throws {InputError} saying what was seen and how much, unless it is allowed
 */
export function checkNew(
  seen: readonly SeenPart[],
  { allow, by, file, instead }: { allow: boolean; by: string; file?: string; instead: string },
): void {
  if (seen.length === 0 || allow) return;
  throw new InputError(`the model has seen what it would be judged by: ${seenText(seen)}`, {
    file,
    expected: `${instead}; or ${by}, which every output will say`,
  });
}
