import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { hashOfFiles } from "../core/file-hash.js";
import type { CodesModel } from "../features/codes-sidecar.js";
import { checkSeen } from "../features/seen-items.js";

/** What head.json says of what a model has seen, which goes on with its codes. */
const SEEN = ["classNames", "trainedOn", "tunedOn", "roles", "fold", "seen"] as const;

/** What codes say of the model that made them. */
export async function codesModel(model: string): Promise<CodesModel> {
  const file = join(model, "head.json");
  const description = JSON.parse(await readFile(file, "utf8"));
  const seen = Object.fromEntries(
    SEEN.flatMap(key => (description[key] === undefined ? [] : [[key, description[key]]])),
  );
  if (seen.seen !== undefined) checkSeen(seen.seen, file); // before codes are made that would carry it on
  return { hash: await hashOfFiles([join(model, "head.safetensors"), file]), ...seen };
}
