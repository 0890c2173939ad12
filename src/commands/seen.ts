import { productFold } from "../challenge/product-folds.js";
import type { Labels } from "../core/labels.js";
import type { Split } from "../datasets/roles.js";
import type { CodesModel } from "../features/codes-sidecar.js";
import type { DataFolder } from "../features/data-folder.js";
import { originOf } from "../features/data-folder.js";
import type { RowsOrigin } from "../features/items-identity.js";
import type { SeenAs, SeenItems } from "../features/seen-items.js";
import { SEEN_AS, seenRows } from "../features/seen-items.js";
import type { SeenPart } from "../features/seen-parts.js";
import type { KnownCodes } from "./known-codes.js";

/** What a model is to be judged by. Rows are those of the file of `origin`. */
export interface Judged {
  readonly origin: RowsOrigin;
  /** Rows that are searched with: none of them may have been seen in any way. */
  readonly queries: Int32Array;
  /**
   * Rows of products that must be new too, as in the challenge: not trained on with their labels; a fit to a gallery,
   * which needs no labels, is usual. Default: the database may have been seen, as in the usual protocols.
   */
  readonly gallery?: Int32Array;
  /** Roles and labels of all rows: what models of before `seen` was noted have seen follows from these. */
  readonly split?: Split;
  readonly labels: Labels;
  /** For messages. */
  readonly place: string;
}

/** What is known of whether a model is judged by what is new to it. */
export interface Novelty {
  readonly seen: readonly SeenPart[];
  /** What could not be checked, a sentence each. */
  readonly unchecked: readonly string[];
}

/** Rows of one kind of seeing, as far as they are known. */
interface Known {
  readonly as: SeenAs;
  readonly isSeen: (row: number) => boolean;
}

/** A fit to a gallery knows no product; a training, or a choice of its epoch, does. */
const COUNTS_IN_GALLERY: Readonly<Record<SeenAs, boolean>> = { trained: true, fitted: false, validated: true };

/**
 * How many of the items that a model is to be judged by it has seen.
 * @param model what its codes say of it; undefined: they say nothing, which is said elsewhere
 */
export function noveltyOf(model: CodesModel | undefined, judged: Judged): Novelty {
  if (model === undefined) return { seen: [], unchecked: [] };
  const { known, unchecked } = model.seen === undefined ? oldNotes(model, judged) : notes(model.seen, judged);
  const count = (what: SeenPart["what"], as: SeenAs, rows: Int32Array): SeenPart => {
    const tests = known.filter(one => one.as === as);
    return { what, as, count: rows.filter(row => tests.some(({ isSeen }) => isSeen(row))).length, of: rows.length };
  };
  const { queries, gallery } = judged;
  const parts = SEEN_AS.flatMap(as => [
    count("queries", as, queries),
    ...(gallery === undefined || !COUNTS_IN_GALLERY[as] ? [] : [count("gallery images", as, gallery)]),
  ]);
  return { seen: parts.filter(part => part.count > 0), unchecked };
}

/** {@link noveltyOf} queries that are rows of a data folder. */
export function noveltyOfFolder({ sidecar }: KnownCodes, data: DataFolder, queries: Int32Array): Novelty {
  const { split, labels, folder: place } = data;
  const roles = split === undefined ? {} : { split };
  return noveltyOf(sidecar?.model, { origin: originOf(data), queries, labels, place, ...roles });
}

/** {@link noveltyOf} codes alone, all of them queries: of the items that the file beside them names. */
export function noveltyOfArray({ file, codes, sidecar }: KnownCodes, labels: Labels): Novelty {
  if (sidecar === undefined) return { seen: [], unchecked: [] };
  const { data, model, from = 0 } = sidecar;
  if (data === undefined) {
    const why = `${file} does not say of which items its codes are`;
    return { seen: [], unchecked: [`whether the queries are new to the model: ${why}`] };
  }
  const queries = Int32Array.from({ length: codes.count }, (_, row) => row);
  return noveltyOf(model, { origin: { items: data, from }, queries, labels, place: file });
}

function notes(seen: readonly SeenItems[], { origin, place }: Judged): { known: Known[]; unchecked: string[] } {
  const known: Known[] = [];
  const unchecked: string[] = [];
  const doubt = (why: string): number => unchecked.push(`whether the items are new to the model: ${why}`);
  if (seen.length === 0) doubt("it does not say what it has learned from");
  for (const note of seen) {
    const test = seenRows(note, origin);
    if (test !== undefined) known.push({ as: note.as, isSeen: test });
    else if (note.origin === undefined) doubt(`of ${note.count} items that it has seen nobody knows which they are`);
    else if (note.origin.items.dataset === origin.items.dataset) {
      const { dataset } = origin.items;
      doubt(`it has seen ${note.count} items of ${dataset}, in another state or another place than those of ${place}`);
    }
  }
  return { known, unchecked: [...new Set(unchecked)] };
}

/** What was seen, out of the roles and the fold that a model notes. */
function oldNotes(model: CodesModel, judged: Judged): { known: Known[]; unchecked: string[] } {
  const { trainedOn, tunedOn, roles, fold } = model;
  const { origin, split, labels, place } = judged;
  const doubt = (why: string) => ({ known: [], unchecked: [`whether the items are new to the model: ${why}`] });
  if (trainedOn === undefined && tunedOn === undefined) return doubt("it does not say what it was trained on");
  if (![trainedOn, tunedOn].some(one => one?.contentHash === origin.items.contentHash)) {
    return { known: [], unchecked: [] };
  }
  const sameRoles = split !== undefined && roles?.protocol === split.protocol && roles.seed === split.seed;
  if (roles !== undefined && !sameRoles) {
    return doubt(`it was trained on ${place}, with other roles (${roles.protocol}; seed ${roles.seed})`);
  }
  if (fold !== undefined && !(labels instanceof Int32Array)) {
    return doubt(`it was trained on ${place}, but for the products of a fold, and these items have several labels`);
  }
  const inRole = roles === undefined ? undefined : new Set(split?.train);
  const outside = fold === undefined ? undefined : new Set(productFold(labels as Int32Array, fold).train);
  const isSeen = (row: number): boolean => (inRole?.has(row) ?? true) && (outside?.has(row) ?? true);
  return { known: [{ as: "trained", isSeen }], unchecked: [] };
}
