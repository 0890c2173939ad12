import { createHash } from "node:crypto";
import type { JsonSchema } from "../core/json-schema.js";
import { COUNT, objectOf, TEXT } from "../core/json-schema.js";
import type { Dataset } from "../datasets/dataset.js";

/** Which items a file has rows of, so that files of different items are told apart. */
export interface ItemsIdentity {
  readonly dataset: string;
  /** Content hash of the dataset. */
  readonly contentHash: string;
  readonly rows: number;
  /** SHA-256 of the ids in row order, a line each. */
  readonly ids: string;
}

/** Which rows of which dataset a file's rows are. */
export interface RowsOrigin {
  readonly items: Pick<ItemsIdentity, "dataset" | "contentHash" | "rows">;
  /** Row of the dataset that the file's first row is: above 0 for a shard. */
  readonly from: number;
}

/** {@link ItemsIdentity} in files. */
export const ITEMS_SCHEMA: JsonSchema = objectOf({ dataset: TEXT, contentHash: TEXT, rows: COUNT, ids: TEXT });

/** {@link RowsOrigin} in files. */
export const ORIGIN_SCHEMA: JsonSchema = objectOf({
  items: objectOf({ dataset: TEXT, contentHash: TEXT, rows: COUNT }),
  from: COUNT,
});

/** Which items a dataset has. */
export function itemsOfDataset({
  name,
  contentHash,
  ids,
}: Pick<Dataset, "name" | "contentHash" | "ids">): ItemsIdentity {
  return { dataset: name, contentHash, rows: ids.length, ids: hashOfIds(ids) };
}

/** SHA-256 of ids in row order, a line each. */
export function hashOfIds(ids: readonly string[]): string {
  const hash = createHash("sha256");
  for (const id of ids) hash.update(`${id}\n`);
  return hash.digest("hex");
}
