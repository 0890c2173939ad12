import { stat } from "node:fs/promises";
import { join } from "node:path";
import { modelHash } from "../hashing/model-hash.js";
import { unfinishedTraining } from "../training/checkpoint.js";

/** What became of the model that was in a folder: there was none, the new one is the same, or another took its place. */
export type EarlierModel = "none" | "same" | "replaced";

/** The hash of the model in a folder; "" of one that cannot be read, undefined where there is none. */
export async function hashOfEarlier(out: string): Promise<string | undefined> {
  if ((await stat(join(out, "head.json")).catch(() => undefined)) === undefined) return undefined;
  return modelHash(out).catch(() => "");
}

/** Compares the model that has been written with the one of before. */
export async function standingOf(out: string, earlier: string | undefined): Promise<EarlierModel> {
  if (earlier === undefined) return "none";
  return earlier === (await modelHash(out)) ? "same" : "replaced";
}

/** The end of a line that tells of a model. */
export function earlierText(earlier: EarlierModel): string {
  return {
    none: "",
    same: "; it is the model that was there",
    replaced: "; it took the place of another model: codes of that one are to be encoded again",
  }[earlier];
}

/** What a training that was stopped leaves, in words. */
export async function keptText(out: string): Promise<string> {
  const kept = await unfinishedTraining(join(out, "checkpoints"));
  if (kept === undefined) return `nothing was kept of ${out}: no epoch was done`;
  return `${kept.epochs} of ${kept.of} epochs kept in ${out}; the same command with --resume goes on`;
}
