// The files of the Hugging Face hub on this machine, in the folders that Python's huggingface_hub has too:
// models--OWNER--NAME/ with blobs/CHECKSUM, snapshots/REVISION/PATH (links to blobs) and refs/BRANCH (a revision).
import { readFile, realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";

/** A file of a repository of the hub. */
export interface HubFile {
  /** "owner/name" of a model. */
  readonly repository: string;
  readonly path: string;
  /** A commit. Default: what the branch main is at when it is asked for. */
  readonly revision?: string;
  /** Of its bytes (hex), where it is known beforehand. */
  readonly sha256?: string;
}

/** The branch that is asked for where no revision is known. */
export const MAIN = "main";

/** The folder of a repository in the cache: HF_HUB_CACHE, or `hub` in HF_HOME, else in ~/.cache/huggingface. */
export async function hubFolder({ repository }: HubFile): Promise<string> {
  const { getHFHubCachePath, getRepoFolderName } = await import("@huggingface/hub");
  return join(getHFHubCachePath(), getRepoFolderName({ type: "model", name: repository }));
}

/**
 * Path of a file that is in the cache, whoever has downloaded it: of its revision, or of any other one that has the same
 * bytes.
 * @returns undefined when it is not there
 */
export async function cachedFile(hub: HubFile): Promise<string | undefined> {
  const folder = await hubFolder(hub);
  const revision = hub.revision ?? (await revisionOfMain(folder));
  const places = [
    ...(revision === undefined ? [] : [join(folder, "snapshots", revision, hub.path)]),
    ...(hub.sha256 === undefined ? [] : [join(folder, "blobs", hub.sha256)]),
  ];
  for (const place of places) if (await isFile(place)) return place;
  return undefined;
}

async function revisionOfMain(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, "refs", MAIN), "utf8").catch(() => undefined);
  return text?.trim() || undefined;
}

/** The SHA-256 that the cache states of a file of it, by the name of its blob; undefined where it states none. */
export async function statedChecksum(file: string): Promise<string | undefined> {
  const name = basename(await realpath(file));
  return /^[0-9a-f]{64}$/.test(name) ? name : undefined;
}

/** Whether there is a file, or a link to one. */
export async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

/** Whether the hub may not be asked: HF_HUB_OFFLINE is 1, on, yes or true. */
export function isOffline(): boolean {
  return ["1", "ON", "YES", "TRUE"].includes((process.env.HF_HUB_OFFLINE ?? "").toUpperCase());
}
