import { InputError, UsageError } from "../core/errors.js";
import { removeLeftovers } from "../core/leftovers.js";
import { lockOfFolder, withLock } from "../core/lock.js";
import { unfinishedTraining } from "../training/checkpoint.js";

/** What `train` says of what is in its folder already. */
interface FolderFlags {
  readonly out: string;
  readonly resume: boolean;
  readonly restart: boolean;
}

/**
 * Does the work of `train` while no other process writes a model to the folder: the second would only write over what the
 * first has made.
 * @param outs folders of trainings, which must hold no unfinished ones unless the flags say what becomes of them
 * @throws {InputError} when another process trains there, or what was trained would be lost
 */
export async function inModelFolder(
  { out, resume, restart }: FolderFlags,
  outs: readonly string[],
  work: () => Promise<void>,
): Promise<void> {
  if (resume && restart) throw new UsageError("--resume and --restart exclude each other");
  const checkAndWork = async (): Promise<void> => {
    for (const one of [out, ...outs]) await removeLeftovers(one, FILES);
    if (!resume && !restart) for (const one of outs) await refuseUnfinished(one);
    await work();
  };
  await withLock(lockOfFolder(out), checkAndWork, { task: "training", waits: false });
}

/** What models are made of, beside their checkpoints. */
const FILES = ["head.json", "head.safetensors", "history.json", "backbone.safetensors", "MODEL.md"];

async function refuseUnfinished(out: string): Promise<void> {
  const found = await unfinishedTraining(`${out}/checkpoints`);
  if (found === undefined) return;
  throw new InputError("an unfinished training lies here", {
    file: out,
    expected: "--resume to go on with it, --restart to lose it, or another folder",
    actual: `${found.epochs} of ${found.of} epochs`,
  });
}
