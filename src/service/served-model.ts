import type { PackedCodes } from "../codes/packed-codes.js";
import { takeCodes } from "../codes/packed-codes.js";
import type { NdArray } from "../core/arrays.js";
import { rowsInPlace } from "../core/arrays.js";
import type { Gallery } from "../ranking/gallery.js";
import { openCodesGallery } from "../ranking/open-codes-gallery.js";
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
  /** Of the gallery, row by row. */
  readonly codes: PackedCodes;
  /** (items, dim), where they are there. */
  readonly features?: NdArray<Float32Array>;
}

/**
 * Opens the gallery of a model.
 * @param rows of its codes that can be found, ascending: the gallery's rows
 * @throws {InputError} when there is no memory for it
 */
export async function openServedModel(
  { id, title, method, backbone, codes: all, features }: OpenedModel,
  { rows, ...place }: Pick<ServedModel, "network" | "head"> & { readonly rows: Int32Array },
): Promise<ServedModel> {
  const codes = rows.length === all.count ? all : takeCodes(all, rows);
  const gallery = await openCodesGallery(codes);
  const orders: SearchOrder[] = ["hamming", "asymmetric", ...(features === undefined ? [] : (["cosine"] as const))];
  return {
    ...{ id, title, method, orders, gallery, codes, ...place },
    bits: codes.bits,
    backbone: backbone.name,
    ...(features === undefined ? {} : { features: rowsInPlace(features, rows) }),
  };
}
