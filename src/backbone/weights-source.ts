import { dirname, join } from "node:path";
import { writeAtomically } from "../core/files.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFileIfAny } from "../core/json-file.js";
import { COUNT, objectOf, TEXT, YES_OR_NO } from "../core/json-schema.js";
import { cachedFile, isFile } from "./hub-cache.js";
import type { KnownBackbone } from "./known-backbones.js";

/** Where a weights file came from, stored at the backbone's own place as source.json. */
export interface WeightsSource {
  /** Address or path. */
  readonly from: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Whether the checksum was that which the hub or this package states, or could only be computed. */
  readonly checked: boolean;
  /** Revision of the hub's repository. */
  readonly revision?: string;
}

const SOURCE_JSON: JsonFileKind<WeightsSource> = {
  what: "where the weights of this network came from, as `hashbook weights` writes it",
  remedy: "nothing needs this file: it may be removed",
  schema: objectOf({ from: TEXT, sha256: TEXT, bytes: COUNT, checked: YES_OR_NO }, { revision: TEXT }),
};

/** Where the weights came from; undefined when nothing is known. @throws {InputError} when source.json is damaged */
export async function weightsSource(known: KnownBackbone): Promise<WeightsSource | undefined> {
  return readJsonFileIfAny(sourceFile(known), SOURCE_JSON);
}

/** Notes where the weights came from. */
export async function writeWeightsSource(known: KnownBackbone, source: WeightsSource): Promise<void> {
  await writeAtomically(sourceFile(known), `${JSON.stringify(source, null, 2)}\n`);
}

function sourceFile(known: KnownBackbone): string {
  return join(dirname(known.file()), "source.json");
}

/**
 * The weights of a backbone on this machine: at its own place (imported, or downloaded by an earlier version), else among
 * the files of the hub, whether downloaded here or by Python. Where no revision is known beforehand, the one that was
 * downloaded first stays the one that is used.
 * @returns a path; undefined when they are not here
 */
export async function findWeights(known: KnownBackbone): Promise<string | undefined> {
  if (await isFile(known.file())) return known.file();
  if (known.hub === undefined) return undefined;
  const source = known.hub.revision === undefined ? await weightsSource(known) : undefined;
  return cachedFile({ revision: source?.revision, sha256: source?.sha256, ...known.hub });
}
