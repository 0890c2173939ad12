import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { checkAborted } from "../core/abort.js";
import { HashbookError, InputError, UnavailableError } from "../core/errors.js";
import { makeFolder, renameDurably, writeAtomically, writeFully } from "../core/files.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFileIfAny } from "../core/json-file.js";
import { COUNT, objectOf, TEXT, YES_OR_NO } from "../core/json-schema.js";
import { removeLeftovers } from "../core/leftovers.js";
import { lockOfFolder, withLock } from "../core/lock.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import { decodeSafetensors, readWeightsFile } from "../core/safetensors.js";
import { writing } from "../core/write-fault.js";
import type { Answer } from "../datasets/request.js";
import { requestFile } from "../datasets/request.js";
import { checkWeights } from "./architecture.js";
import type { KnownBackbone } from "./known-backbones.js";

/** Where a weights file came from, stored beside it as source.json. */
export interface WeightsSource {
  /** Address or path. */
  readonly from: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Whether the checksum was that which the hub or this package states, or could only be computed. */
  readonly checked: boolean;
  /** Revision of the hub's repository. */
  readonly revision?: string;
}

const SOURCE_JSON: JsonFileKind<WeightsSource> = {
  what: "where the weights beside it came from, as `hashbook weights` writes it",
  remedy: "nothing needs this file: it may be removed",
  schema: objectOf({ from: TEXT, sha256: TEXT, bytes: COUNT, checked: YES_OR_NO }, { revision: TEXT }),
};

/** Settings of {@link downloadWeights}. */
export interface WeightsDownloadOptions {
  /** Seconds without a byte after which the connection counts as dead. Default 30. */
  readonly timeoutSeconds?: number;
  /** Told of the bytes received. */
  readonly onProgress?: ProgressListener;
}

/** The address of a backbone's weights; the variable HF_ENDPOINT names a mirror of the Hugging Face hub. */
export function weightsAddress({ architecture, hub, origin }: KnownBackbone): URL {
  if (hub === undefined) {
    throw new UnavailableError(`the weights of ${architecture.name} are not downloaded`, {
      expected: `them from ${origin}`,
    });
  }
  const endpoint = (process.env.HF_ENDPOINT || "https://huggingface.co").replace(/\/+$/, "");
  return new URL(`${endpoint}/${hub.repository}/resolve/main/${hub.path}`);
}

/** Where the weights came from; undefined when nothing is known. @throws {InputError} when source.json is damaged */
export async function weightsSource(known: KnownBackbone): Promise<WeightsSource | undefined> {
  return readJsonFileIfAny(sourceFile(known), SOURCE_JSON);
}

function sourceFile(known: KnownBackbone): string {
  return join(dirname(known.file()), "source.json");
}

/**
 * Downloads the weights of a backbone from the Hugging Face hub to their place: continues what an earlier call left,
 * compares size and SHA-256 with what the hub states, checks every tensor's name and shape, and only then renames.
 * `HF_TOKEN`, `HF_ENDPOINT` and the proxy variables are honoured.
 * @throws {UnavailableError} offline, refused, or other bytes than stated; the message says where to put the file
 * @throws {InputError} when the file holds the weights of another network
 */
export async function downloadWeights(
  known: KnownBackbone,
  options: WeightsDownloadOptions = {},
): Promise<WeightsSource> {
  const url = weightsAddress(known);
  let waited = false;
  const onWait = (sentence: string): void => {
    waited = true;
    process.stderr.write(`${sentence}\n`);
  };
  const fetchOnce = async (): Promise<WeightsSource> => {
    const found = waited && (await isFile(known.file())) ? await weightsSource(known) : undefined;
    return found ?? fetchWeights(known, url, options); // what another process has just fetched, or one's own
  };
  return withLock(lockOfFolder(dirname(known.file())), fetchOnce, { task: "downloading weights", onWait });
}

async function isFile(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isFile() === true;
}

async function fetchWeights(known: KnownBackbone, url: URL, options: WeightsDownloadOptions): Promise<WeightsSource> {
  await removeLeftovers(dirname(known.file()));
  const partial = `${known.file()}.partial`;
  await makeFolder(dirname(partial));
  let stated: Stated;
  try {
    stated = await receive(url, partial, options);
  } catch (cause) {
    checkAborted();
    if (cause instanceof HashbookError) throw cause; // the disk's fault, not the connection's
    throw unreachable(known, url, cause as NodeJS.ErrnoException);
  }
  const sha256 = await checksum(partial);
  const expected = known.sha256 ?? stated.sha256;
  if (expected !== undefined && sha256 !== expected) {
    await rm(partial); // what was received is not what it should be: the next call starts anew
    throw new UnavailableError(`${url.href} sent another file than it states; nothing was kept, try again`, {
      expected: `SHA-256 ${expected}`,
      actual: sha256,
    });
  }
  const { size } = await stat(partial);
  const { revision } = stated;
  const source = { from: url.href, sha256, bytes: size, checked: expected !== undefined, revision };
  await settle(known, partial, source);
  return source;
}

/**
 * Takes over a weights file that is on this machine, once its tensors are checked. The file is copied.
 * @throws {InputError} when it cannot be read, is damaged, or holds the weights of another network
 */
export async function importWeights(known: KnownBackbone, file: string): Promise<WeightsSource> {
  const bytes = await readWeightsFile(file);
  checkWeights(known.architecture, decodeSafetensors(bytes, file).tensors, file);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const checked = sha256 === known.sha256;
  if (known.sha256 !== undefined && !checked) {
    throw new InputError("not the file this package expects", {
      file,
      expected: `SHA-256 ${known.sha256}`,
      actual: sha256,
    });
  }
  const source = { from: file, sha256, bytes: bytes.length, checked };
  const store = async (): Promise<WeightsSource> => {
    await removeLeftovers(dirname(known.file()));
    await writeAtomically(known.file(), bytes);
    await writeAtomically(sourceFile(known), `${JSON.stringify(source, null, 2)}\n`);
    return source;
  };
  return withLock(lockOfFolder(dirname(known.file())), store, { task: "importing weights" });
}

async function settle(known: KnownBackbone, partial: string, source: WeightsSource): Promise<void> {
  try {
    checkWeights(known.architecture, decodeSafetensors(await readWeightsFile(partial), partial).tensors, partial);
  } catch (cause) {
    await rm(partial);
    throw cause;
  }
  await writeAtomically(sourceFile(known), `${JSON.stringify(source, null, 2)}\n`);
  await renameDurably(partial, known.file());
}

interface Stated {
  readonly sha256?: string;
  readonly revision?: string;
}

/** The hub's first answer names the checksum of a large file: `x-linked-etag`, 64 hexadecimal digits in quotes. */
function statedBy(headers: Answer["headers"]): Stated {
  const [sha256] = /[0-9a-f]{64}/.exec(headers["x-linked-etag"] ?? "") ?? [];
  return { sha256, revision: headers["x-repo-commit"] };
}

/** Receives the file into `partial`, behind what is there. */
async function receive(url: URL, partial: string, options: WeightsDownloadOptions): Promise<Stated> {
  const start = (await stat(partial).catch(() => undefined))?.size ?? 0;
  const authorization = process.env.HF_TOKEN ? `Bearer ${process.env.HF_TOKEN}` : undefined;
  const { timeoutSeconds, onProgress } = options;
  const { response, headers } = await requestFile(url, { authorization, start, timeoutSeconds });
  const { statusCode } = response;
  if (statusCode === 416) {
    response.resume();
    const total = Number(/\/(\d+)$/.exec(response.headers["content-range"] ?? "")?.[1]);
    if (total === start) return statedBy(headers); // all was there
    await rm(partial);
    return receive(url, partial, options);
  }
  const begin = statusCode === 206 ? start : 0; // a server without ranges sends all again
  const length = Number(response.headers["content-length"] ?? Number.NaN);
  const meter = new ProgressMeter(
    partial.split(/[\\/]/).at(-2) ?? "weights",
    begin + length,
    "bytes",
    onProgress,
    begin,
  );
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
  return statedBy(headers);
}

async function checksum(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

function unreachable(known: KnownBackbone, url: URL, cause: NodeJS.ErrnoException): UnavailableError {
  const { name } = known.architecture;
  return new UnavailableError(
    `the weights of ${name} cannot be downloaded from ${url.href}: ${cause.message || cause.code}. ` +
      "Behind a proxy set https_proxy, with a mirror of the Hugging Face hub HF_ENDPOINT. Without internet fetch that " +
      `address elsewhere and put the file at ${known.file()}, or run: hashbook weights ${name} --import FILE`,
    { cause },
  );
}
