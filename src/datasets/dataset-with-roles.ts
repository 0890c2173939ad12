import { createHash } from "node:crypto";
import type { Dataset } from "./dataset.js";
import type { Split } from "./roles.js";
import { ROLES } from "./roles.js";

/** The same images with roles, under another name; its hash is of both. */
export function datasetWithRoles(dataset: Dataset, name: string, roles: Split): Dataset {
  const hash = createHash("sha256").update(`${name}\n${dataset.contentHash}\n`);
  for (const role of ROLES) hash.update(`${role}\n`).update(new Uint8Array(roles[role].slice().buffer));
  return { ...dataset, name, roles, contentHash: hash.digest("hex") };
}
