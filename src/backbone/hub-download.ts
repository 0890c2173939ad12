import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { InputError, UnavailableError } from "../core/errors.js";
import { makeFolder, renameDurably, writeAtomically, writeFully } from "../core/files.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import { writing } from "../core/write-fault.js";
import { requestFile } from "../datasets/request.js";
import type { HubFile } from "./hub-cache.js";
import { hubFolder, isFile, MAIN } from "./hub-cache.js";
import { hubAuthorization, hubEndpoint, hubFetch } from "./hub-fetch.js";

/** Settings of {@link downloadFromHub}. */
export interface HubDownloadOptions {
  /** Name in progress reports. */
  readonly task: string;
  /** Looks at what was received before it gets its name; what it throws, the download throws. */
  check(file: string): Promise<void>;
  /** Seconds without a byte after which the connection counts as dead. Default 30. */
  readonly timeoutSeconds?: number;
  /** Told of the bytes received. */
  readonly onProgress?: ProgressListener;
}

/** A file of the hub that is now in the cache. */
export interface HubDownload {
  /** In snapshots/REVISION. */
  readonly file: string;
  /** The address it came from, with its revision. */
  readonly url: URL;
  readonly revision: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Whether there was a checksum to compare with, known beforehand or stated by the hub. */
  readonly checked: boolean;
}

/** Where a file lies on the hub. @param revision default: the file's own, else main */
export function hubAddress({ repository, path, revision }: HubFile): URL {
  return new URL(`${hubEndpoint()}/${repository}/resolve/${revision ?? MAIN}/${path}`);
}

/**
 * Downloads a file of the hub into the cache that is shared with Python. The hub's client asks for revision and
 * checksum, names the folders and makes the links; the bytes are received here, since it cannot go on with what a broken
 * connection left, says nothing of progress and compares no checksum.
 * @throws {UnavailableError} when it has other bytes than stated, of which nothing is kept
 * @throws {Error} when the hub cannot be reached or refuses
 */
export async function downloadFromHub(hub: HubFile, options: HubDownloadOptions): Promise<HubDownload> {
  const client = await import("@huggingface/hub");
  const settings = { hubUrl: hubEndpoint(), fetch: hubFetch(options.timeoutSeconds) };
  const { repository, path } = hub;
  const revision = hub.revision ?? (await revisionOf(MAIN, repository, client, settings));
  const repo = { type: "model", name: repository } as const;
  const [stated] = await client.pathsInfo({ repo, paths: [path], revision, ...settings });
  if (stated?.oid === undefined) throw new Error(`revision ${revision} has no file of that name`);
  const url = hubAddress({ ...hub, revision });
  const ofHub = stated.lfs?.oid; // files that are not stored as large ones have a checksum of git's, of another kind
  const expected = hub.sha256 ?? ofHub;
  if (expected !== undefined && ofHub !== undefined && ofHub !== expected) throw otherBytes(url, expected, ofHub);
  const folder = await hubFolder(hub);
  const found = await settle(join(folder, "blobs", ofHub ?? stated.oid), { url, expected, ...options });
  const file = await client.downloadFileToCacheDir({ repo, path, revision, ...settings }); // links to the blob
  if (hub.revision === undefined) await writeRef(folder, revision);
  return { file, url, revision, ...found };
}

type Client = typeof import("@huggingface/hub");

/** The commit that a branch is at. */
async function revisionOf(
  branch: string,
  repository: string,
  client: Client,
  settings: { readonly hubUrl: string; readonly fetch: typeof fetch },
): Promise<string> {
  const asked = { name: repository, revision: branch, additionalFields: ["sha" as const], ...settings };
  const { sha } = await client.modelInfo(asked);
  return sha;
}

/** As Python's library notes it, so that it finds the file under the branch's name without the network. */
async function writeRef(folder: string, revision: string): Promise<void> {
  await makeFolder(join(folder, "refs"));
  await writeAtomically(join(folder, "refs", MAIN), revision);
}

/** Has the bytes at their place in the cache, received now unless they are there, and looked at. */
async function settle(
  blob: string,
  options: HubDownloadOptions & { readonly url: URL; readonly expected?: string },
): Promise<Pick<HubDownload, "sha256" | "bytes" | "checked">> {
  const { url, expected } = options;
  const isThere = await isFile(blob);
  const file = isThere ? blob : `${blob}.incomplete`;
  if (!isThere) {
    await makeFolder(dirname(blob));
    await receive(url, file, options);
  }
  const sha256 = await checksum(file);
  if (isThere && expected !== undefined && sha256 !== expected) {
    throw new InputError("the cache of the hub holds a damaged file: remove it", { file, expected, actual: sha256 });
  }
  try {
    if (expected !== undefined && sha256 !== expected) throw otherBytes(url, expected, sha256);
    await options.check(file);
  } catch (cause) {
    if (!isThere) await rm(file); // the next call starts anew
    throw cause;
  }
  if (!isThere) await renameDurably(file, blob);
  return { sha256, bytes: (await stat(blob)).size, checked: expected !== undefined };
}

function otherBytes(url: URL, expected: string, actual: string): UnavailableError {
  return new UnavailableError(`${url.href} is another file than it should be; nothing was kept, try again`, {
    expected: `SHA-256 ${expected}`,
    actual,
  });
}

/** Receives the file into `partial`, behind what is there. */
async function receive(url: URL, partial: string, options: HubDownloadOptions): Promise<void> {
  const { task, timeoutSeconds, onProgress } = options;
  const start = (await stat(partial).catch(() => undefined))?.size ?? 0;
  const { response } = await requestFile(url, { authorization: hubAuthorization(), start, timeoutSeconds });
  const { statusCode } = response;
  if (statusCode === 416) {
    response.resume();
    const total = Number(/\/(\d+)$/.exec(response.headers["content-range"] ?? "")?.[1]);
    if (total === start) return; // all was there
    await rm(partial);
    return receive(url, partial, options);
  }
  const begin = statusCode === 206 ? start : 0; // a server without ranges sends all again
  const length = Number(response.headers["content-length"] ?? Number.NaN);
  const meter = new ProgressMeter(task, begin + length, "bytes", onProgress, begin);
  const handle = await writing(partial, () => open(partial, begin > 0 ? "r+" : "w"));
  let at = begin;
  try {
    for await (const chunk of response) {
      await writeFully(handle, chunk as Buffer, at, { file: partial, needed: begin + length - at || undefined });
      at += (chunk as Buffer).length;
      if (Number.isFinite(length)) meter.report(at);
    }
    await writing(partial, () => handle.sync());
  } finally {
    await handle.close();
  }
  if (Number.isFinite(length) && at !== begin + length) {
    throw new Error(`the connection ended after ${at} of ${begin + length} bytes; the next call continues there`);
  }
}

async function checksum(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
