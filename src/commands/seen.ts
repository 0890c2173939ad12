import { isDeepStrictEqual } from "node:util";
import type { Split } from "../datasets/roles.js";
import type { CodesSidecar } from "../features/codes-sidecar.js";
import type { ItemsIdentity } from "../features/data-folder.js";
import type { SeenByModel } from "../features/seen-by-model.js";

/** Whether the model of these codes was trained or fine-tuned on these items, or on some of them. */
function wasTrainedOn(sidecar: CodesSidecar | undefined, items: ItemsIdentity): sidecar is CodesSidecar {
  const { trainedOn, tunedOn } = sidecar?.model ?? ({} as SeenByModel);
  return [trainedOn, tunedOn].some(one => one?.contentHash === items.contentHash);
}

/**
 * Says so when the queries are among what the model was trained on, as far as codes and data tell.
 * @returns a sentence, or nothing
 */
export function queriesSeen(
  sidecar: CodesSidecar | undefined,
  { items, split, place }: { items: ItemsIdentity; split?: Split; place: string },
): string[] {
  if (!wasTrainedOn(sidecar, items)) return [];
  const { roles, fold } = sidecar.model;
  const sameRoles = split !== undefined && roles?.protocol === split.protocol && roles.seed === split.seed;
  if (sameRoles) return [];
  const all = fold === undefined ? "all of it" : `all of it but the products of fold ${fold.fold}/${fold.of}`;
  const how = roles === undefined ? all : `other roles (${roles.protocol}; seed ${roles.seed})`;
  return [`whether the queries are new to the model: it was trained on ${place}, with ${how}`];
}

/**
 * Says so when the products of a fold are among what the model was trained on.
 * @param fold the fold searched in
 * @returns a sentence, or nothing
 */
export function foldSeen(
  sidecar: CodesSidecar | undefined,
  items: ItemsIdentity,
  fold: { readonly fold: number; readonly of: number; readonly seed: number },
): string[] {
  if (!wasTrainedOn(sidecar, items) || isDeepStrictEqual(sidecar.model.fold, fold)) return [];
  const option = `--fold ${fold.fold}/${fold.of}${fold.seed === 0 ? "" : ` --fold-seed ${fold.seed}`}`;
  return [`whether the products are new to the model: it was not trained with ${option}, so it has seen some of them`];
}
