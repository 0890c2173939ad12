import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFileIfAny } from "../core/json-file.js";
import { objectOf } from "../core/json-schema.js";
import { MAX_BITS } from "./packed-codes.js";

/** What is looked at of a file beside codes, which may be another program's. */
interface MayBeSidecar {
  readonly kind?: unknown;
  readonly form?: unknown;
  readonly bits?: unknown;
}

const ANY_JSON: JsonFileKind<MayBeSidecar> = {
  what: "what the codes beside it are, as `hashbook encode` writes it",
  remedy: "remove it if the codes come from elsewhere",
  schema: objectOf({}),
};

/** `codes.json` for `codes.npy`. */
export function sidecarFile(codesFile: string): string {
  return `${codesFile.replace(/\.npy$/i, "")}.json`;
}

/**
 * Bits of packed codes as the file beside them says, whose width does not tell them; undefined where nothing says it.
 * @throws {InputError} when the file beside them is no JSON
 */
export async function bitsBeside(codesFile: string): Promise<number | undefined> {
  const found = await readJsonFileIfAny(sidecarFile(codesFile), ANY_JSON);
  if (found?.kind !== "codes" || found.form !== "packed") return undefined;
  const { bits } = found;
  return typeof bits === "number" && Number.isInteger(bits) && bits >= 1 && bits <= MAX_BITS ? bits : undefined;
}
