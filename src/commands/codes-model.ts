import type { CodesModel, MadeByModel } from "../features/codes-sidecar.js";
import { madeAs } from "../features/made-alike.js";
import { SEEN_FIELDS } from "../features/seen-by-model.js";
import { readHeadDescription } from "../hashing/head-file.js";
import { checkMadeBy, modelHash } from "../hashing/model-hash.js";

/** What codes say of the model that made them: what it has seen goes on with its codes. */
export async function codesModel(model: string): Promise<CodesModel> {
  const description = await readHeadDescription(model);
  const seen = Object.fromEntries(Object.entries(description).filter(([name]) => Object.hasOwn(SEEN_FIELDS, name)));
  const takes = description.features === undefined ? {} : { takes: madeAs(description.features) };
  return { hash: await modelHash(model), ...takes, ...seen };
}

/**
 * Checks that codes are of a model, as far as they say of which.
 * @throws {InputError} when they are of another one
 */
export async function checkCodesModel({ file, sidecar }: MadeByModel, model: string): Promise<void> {
  if (sidecar !== undefined) await checkMadeBy(file, sidecar.model.hash, model);
}
