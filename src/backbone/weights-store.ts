import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { checkAborted } from "../core/abort.js";
import { HashbookError, InputError, UnavailableError } from "../core/errors.js";
import { makeFolder, writeAtomically } from "../core/files.js";
import { removeLeftovers } from "../core/leftovers.js";
import { lockOfFolder, withLock } from "../core/lock.js";
import type { ProgressListener } from "../core/progress.js";
import { decodeSafetensors, readWeightsFile } from "../core/safetensors.js";
import { checkWeights } from "./architecture.js";
import type { HubFile } from "./hub-cache.js";
import { isOffline } from "./hub-cache.js";
import { downloadFromHub, hubAddress } from "./hub-download.js";
import type { KnownBackbone } from "./known-backbones.js";
import type { WeightsSource } from "./weights-source.js";
import { findWeights, weightsSource, writeWeightsSource } from "./weights-source.js";

/** Settings of {@link downloadWeights}. */
export interface WeightsDownloadOptions {
  /** Seconds without a byte after which the connection counts as dead. Default 30. */
  readonly timeoutSeconds?: number;
  /** Told of the bytes received. */
  readonly onProgress?: ProgressListener;
}

/** The address of a backbone's weights; the variable HF_ENDPOINT names a mirror of the Hugging Face hub. */
export function weightsAddress(known: KnownBackbone): URL {
  return hubAddress(hubOf(known));
}

function hubOf({ architecture, hub, origin, conversion }: KnownBackbone): HubFile {
  if (hub !== undefined) return hub;
  throw new UnavailableError(`the weights of ${architecture.name} are not downloaded`, {
    expected: `them from ${origin}${conversion === undefined ? "" : `, made by: ${conversion}`}`,
  });
}

/**
 * Downloads the weights of a backbone from the Hugging Face hub into its cache on this machine, at the revision that is
 * known, else that of main: continues what an earlier call left, compares the SHA-256 with the known one or what the hub
 * states, checks every tensor's name and shape, and only then gives the file its name.
 * `HF_TOKEN`, `HF_ENDPOINT`, `HF_HOME`, `HF_HUB_CACHE`, `HF_HUB_OFFLINE` and the proxy variables are honoured.
 * @throws {UnavailableError} offline, refused, or other bytes than stated; the message says where to put the file
 * @throws {InputError} when the file holds the weights of another network
 */
export async function downloadWeights(
  known: KnownBackbone,
  options: WeightsDownloadOptions = {},
): Promise<WeightsSource> {
  const hub = hubOf(known);
  let waited = false;
  const onWait = (sentence: string): void => {
    waited = true;
    process.stderr.write(`${sentence}\n`);
  };
  const fetchOnce = async (): Promise<WeightsSource> => {
    const found = waited && (await findWeights(known)) !== undefined ? await weightsSource(known) : undefined;
    return found ?? fetchWeights(known, hub, options); // what another process has just fetched, or one's own
  };
  return withLock(lockOfFolder(dirname(known.file())), fetchOnce, { task: "downloading weights", onWait });
}

async function fetchWeights(
  known: KnownBackbone,
  hub: HubFile,
  options: WeightsDownloadOptions,
): Promise<WeightsSource> {
  if (isOffline()) throw unreachable(known, new Error("HF_HUB_OFFLINE forbids it"));
  await removeLeftovers(dirname(known.file()));
  await makeFolder(dirname(known.file()));
  try {
    const { url, sha256, bytes, checked, revision } = await downloadFromHub(hub, {
      ...options,
      task: known.architecture.name,
      check: file => checkFile(known, file),
    });
    const source = { from: url.href, sha256, bytes, checked, revision };
    await writeWeightsSource(known, source);
    return source;
  } catch (cause) {
    checkAborted();
    if (cause instanceof HashbookError) throw cause; // the file's or the disk's fault, not the connection's
    throw unreachable(known, cause as NodeJS.ErrnoException);
  }
}

async function checkFile({ architecture }: KnownBackbone, file: string): Promise<void> {
  checkWeights(architecture, decodeSafetensors(await readWeightsFile(file), file).tensors, file);
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
    await writeWeightsSource(known, source);
    return source;
  };
  return withLock(lockOfFolder(dirname(known.file())), store, { task: "importing weights" });
}

function unreachable(known: KnownBackbone, cause: NodeJS.ErrnoException): UnavailableError {
  const { name } = known.architecture;
  return new UnavailableError(
    `the weights of ${name} cannot be downloaded from ${weightsAddress(known).href}: ${cause.message || cause.code}. ` +
      "Behind a proxy set https_proxy, with a mirror of the Hugging Face hub HF_ENDPOINT. Without internet fetch that " +
      `address elsewhere and put the file at ${known.file()}, or run: hashbook weights ${name} --import FILE`,
    { cause },
  );
}
