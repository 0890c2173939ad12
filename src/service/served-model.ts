import type { PackedCodes } from "../codes/packed-codes.js";
import { takeCodes } from "../codes/packed-codes.js";
import { rowsInPlace } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { openGallery } from "../galleries/open-gallery.js";
import { modelGraph } from "../hashing/hash-model.js";
import type { Gallery } from "../ranking/gallery.js";
import type { ScaledFeatures } from "./cosines.js";
import { scaleFeatures } from "./cosines.js";
import type { LikenessBase } from "./likeness.js";
import { likenessBase } from "./likeness.js";
import type { OpenedModel } from "./opened-sources.js";
import type { SearchOrder } from "./search-order.js";

/** A model that is served, with its gallery. */
export interface ServedModel extends Pick<OpenedModel, "id" | "title" | "method"> {
  readonly bits: number;
  /** Name of its backbone. */
  readonly backbone: string;
  readonly orders: readonly SearchOrder[];
  /** Place of its network among those of the threads, and of its head behind it. */
  readonly network: number;
  readonly head: number;
  readonly gallery: Gallery;
  /** Rows of the gallery that are not to be found: of pictures that could not be read, in an engine that holds all. */
  readonly missing: ReadonlySet<number>;
  /** Of the gallery, row by row. Absent where an engine holds them. */
  readonly codes?: PackedCodes;
  /** Features of the items, where they are there. */
  readonly scaled?: ScaledFeatures;
  /** What a picture is judged by that is none of the gallery's, where there are features. */
  readonly likeness?: LikenessBase;
}

/** Where a model stands, and which rows of the data it finds. */
export interface ServedPlace extends Pick<ServedModel, "network" | "head"> {
  /** Rows of the data that are rows of the gallery, ascending. */
  readonly rows: Int32Array;
  /** Rows of pictures that could not be read. */
  readonly failed: readonly number[];
}

/**
 * Opens the gallery of a model.
 * @throws {InputError} when there is no memory for it, or an engine holds another
 * @throws {UnavailableError} when the engine does not answer
 */
export async function openServedModel(
  model: OpenedModel,
  { rows, failed, ...place }: ServedPlace,
): Promise<ServedModel> {
  const { id, title, method, backbone, codes: all, features, engine } = model;
  const named = { id, title, method, backbone: backbone.name, bits: modelGraph(model.model).bits, ...place };
  if (engine !== undefined || all === undefined) {
    const gallery = await openEngineGallery(engine!, { rows: rows.length, bits: named.bits });
    return { ...named, gallery, missing: new Set(failed), orders: ["hamming"] };
  }
  const codes = rows.length === all.count ? all : takeCodes(all, rows);
  const resident = { ...named, gallery: await openGallery(codes), missing: new Set<number>(), codes };
  if (features === undefined) return { ...resident, orders: ["hamming", "asymmetric"] };
  const scaled = scaleFeatures(rowsInPlace(features, rows));
  const likeness = await likenessBase({ ...resident, scaled });
  return { ...resident, scaled, likeness, orders: ["hamming", "asymmetric", "cosine"] };
}

/** @throws {InputError} when its codes are of another model or other items */
async function openEngineGallery(
  { address, hashes }: NonNullable<OpenedModel["engine"]>,
  wanted: { readonly rows: number; readonly bits: number },
): Promise<Gallery> {
  const gallery = await openGallery(address);
  const isOfModel = gallery.model === undefined || hashes.includes(gallery.model);
  if (gallery.count === wanted.rows && gallery.bits === wanted.bits && isOfModel) return gallery;
  await gallery.close();
  throw new InputError(`the gallery in ${gallery.engine} is not of this model and data`, {
    expected: `${wanted.rows} codes of ${wanted.bits} bits by model ${hashes[0]}: push these`,
    actual: `${gallery.count} of ${gallery.bits} bits${gallery.model === undefined ? "" : ` by model ${gallery.model}`}`,
  });
}
