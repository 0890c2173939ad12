import type { Backbone } from "../backbone/backbone.js";
import type { PackedCodes } from "../codes/packed-codes.js";
import type { Abortable } from "../core/abort.js";
import type { NdArray } from "../core/arrays.js";
import type { ProgressListener } from "../core/progress.js";
import type { HashModel } from "../hashing/hash-model.js";
import type { ItemsParts } from "./gallery-items.js";

/** A model with what it made of all rows of the data. */
export interface OpenedModel {
  /** In addresses: `hashnet-48`. */
  readonly id: string;
  /** For people: `HashNet, 48 bits`. */
  readonly title: string;
  /** Name of its method. */
  readonly method: string;
  readonly backbone: Backbone;
  readonly model: HashModel;
  /** Absent where an engine holds them. */
  readonly codes?: PackedCodes;
  /** Address of the engine that holds its codes, and the hashes that the model goes by (`modelHashes`). Absent: they are held here. */
  readonly engine?: { readonly address: string; readonly hashes: readonly string[] };
  /** (n, dim) of its backbone. Absent where only codes are kept: then nothing can be ranked by cosine. */
  readonly features?: NdArray<Float32Array>;
}

/** What a service is made of, as it is read from files. */
export interface OpenedSources {
  readonly items: Omit<ItemsParts, "rows">;
  /** Rows of images that could not be read: they are not found. */
  readonly failed: readonly number[];
  readonly models: readonly OpenedModel[];
  /** What could not be checked, or is not there, a sentence each. */
  readonly notes: readonly string[];
}

/** Who watches while sources are opened. */
export interface OpeningOptions extends Abortable {
  readonly onProgress?: ProgressListener;
  /** Told once, in a sentence, of work that takes minutes, before it begins. */
  readonly onLongWork?: (sentence: string) => void;
}
