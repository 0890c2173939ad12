import { InputError } from "../core/errors.js";
import { shownValue } from "../core/shown-value.js";
import type { HeadlineRule } from "./headline.js";
import { protocolOf } from "./known-protocols.js";

/** What a headline is made with: a protocol, or the name of a known one. */
export type MeasuredBy = HeadlineRule | string;

/**
 * The rule that was meant, checked before anything is computed by it.
 * @throws {InputError} for an unknown name, with the nearest known one, and for what is no protocol
 */
export function headlineRule(protocol: MeasuredBy): HeadlineRule {
  if (typeof protocol === "string") return protocolOf(protocol);
  if (typeof protocol?.name === "string" && typeof protocol.convention === "string") return protocol;
  throw new InputError("this is no protocol", {
    expected: "the name of one, as coco, or what protocolOf gives",
    actual: shownValue(protocol),
  });
}
