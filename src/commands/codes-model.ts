import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { hashOfFiles } from "../core/file-hash.js";
import type { CodesModel, MadeByModel } from "../features/codes-sidecar.js";
import { madeAs } from "../features/made-alike.js";
import { SEEN_FIELDS } from "../features/seen-by-model.js";
import { readHeadDescription } from "../hashing/head-file.js";

/** What codes say of the model that made them: what it has seen goes on with its codes. */
export async function codesModel(model: string): Promise<CodesModel> {
  const file = join(model, "head.json");
  const description = await readHeadDescription(model);
  const seen = Object.fromEntries(Object.entries(description).filter(([name]) => Object.hasOwn(SEEN_FIELDS, name)));
  const takes = description.features === undefined ? {} : { takes: madeAs(description.features) };
  return { hash: await hashOfFiles([join(model, "head.safetensors"), file]), ...takes, ...seen };
}

/**
 * Checks that codes are of a model, as far as they say of which.
 * @throws {InputError} when they are of another one
 */
export async function checkCodesModel({ file, sidecar }: MadeByModel, model: string): Promise<void> {
  const made = sidecar?.model.hash;
  const { hash } = await codesModel(model);
  if (made === undefined || made === hash) return;
  throw new InputError("these codes are of another model", {
    file,
    expected: `model ${hash}, which is in ${model}`,
    actual: made,
  });
}
