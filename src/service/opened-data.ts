import type { Dataset } from "../datasets/dataset.js";
import type { DataFolder } from "../features/data-folder.js";
import type { ItemsIdentity } from "../features/items-identity.js";
import type { OpenedSources } from "./opened-sources.js";

/** The whole that codes and features must be of. */
export interface OpenedData {
  readonly items: OpenedSources["items"];
  readonly identity: ItemsIdentity;
  /** For messages. */
  readonly place: string;
  /** Where the pictures are to be read from. */
  readonly dataset?: Dataset;
  readonly folder?: DataFolder;
  readonly notes: readonly string[];
}
