import { join } from "node:path";
import { hashOfFiles } from "../core/file-hash.js";
import type { CodesModel } from "../features/codes-sidecar.js";
import { readHeadDescription } from "../hashing/head-file.js";

/** What head.json says of what a model has seen, which goes on with its codes. */
const SEEN = ["classNames", "trainedOn", "tunedOn", "roles", "fold"] as const;

/** What codes say of the model that made them. */
export async function codesModel(model: string): Promise<CodesModel> {
  const file = join(model, "head.json");
  const description = await readHeadDescription(model);
  const seen = Object.fromEntries(
    SEEN.flatMap(key => (description[key] === undefined ? [] : [[key, description[key]]])),
  );
  return { hash: await hashOfFiles([join(model, "head.safetensors"), file]), ...seen };
}
