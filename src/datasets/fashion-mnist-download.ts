import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { UnavailableError } from "../core/errors.js";
import { removeLeftovers } from "../core/leftovers.js";
import { lockOfFolder, withLock } from "../core/lock.js";
import { dataPath } from "../core/paths.js";
import type { ProgressListener } from "../core/progress.js";
import { downloadFile } from "./download.js";
import type { FashionMnistFile } from "./fashion-mnist.js";
import { fashionMnistFiles, fashionMnistUrl } from "./fashion-mnist.js";
import { readUnzipped } from "./idx.js";

const unzip = promisify(gunzip);

async function isWhole(file: string, { sha256 }: FashionMnistFile): Promise<boolean> {
  if (!existsSync(file)) return false;
  try {
    return (
      createHash("sha256")
        .update(await readUnzipped(file))
        .digest("hex") === sha256
    );
  } catch {
    return false; // A damaged file is fetched again.
  }
}

/** Settings of {@link downloadFashionMnist}. */
interface FashionMnistDownload {
  /** Where to put them. Default: `data/fashion-mnist` of the checkout or of HASHBOOK_HOME. */
  folder?: string;
  /** Address the names are appended to. Default: {@link fashionMnistUrl}. */
  baseUrl?: string;
  /** The files to get. Default: all four. */
  files?: readonly FashionMnistFile[];
  /** Told of the bytes received of each file. Default: nobody. */
  onProgress?: ProgressListener;
  /** Seconds without a byte after which a download counts as dead. Default 30. */
  timeoutSeconds?: number;
}

/**
 * Downloads the four files of Fashion-MNIST (31 MB) from their authors. Files that are already there and whole are
 * left alone, so a second call continues a first that failed.
 * @returns the folder they are in
 * @throws {UnavailableError} when a file cannot be had, saying where to put it by hand
 */
export async function downloadFashionMnist(options: FashionMnistDownload = {}): Promise<string> {
  const { folder = dataPath("fashion-mnist"), files = fashionMnistFiles } = options;
  const fetchMissing = async (): Promise<void> => {
    for (const wanted of await missingFiles(folder, files)) await fetchFile(folder, wanted, options);
  };
  // Whoever waits for another process finds what that one has fetched; what is whole is only read.
  if ((await missingFiles(folder, files)).length > 0) {
    await withLock(lockOfFolder(folder), fetchMissing, { task: "downloading Fashion-MNIST" });
  }
  return folder;
}

async function missingFiles(folder: string, files: readonly FashionMnistFile[]): Promise<FashionMnistFile[]> {
  const whole = await Promise.all(files.map(wanted => isWhole(join(folder, wanted.name), wanted)));
  return files.filter((_, i) => !whole[i]);
}

async function fetchFile(
  folder: string,
  wanted: FashionMnistFile,
  { baseUrl = fashionMnistUrl, onProgress, timeoutSeconds }: FashionMnistDownload,
): Promise<void> {
  await removeLeftovers(folder, [wanted.name]);
  try {
    await downloadFile(baseUrl + wanted.name, join(folder, wanted.name), {
      sha256: wanted.sha256,
      checksumOf: unzip,
      task: wanted.name,
      onProgress,
      timeoutSeconds,
    });
  } catch (cause) {
    if (!(cause instanceof UnavailableError)) throw cause;
    throw new UnavailableError(
      `${cause.message}. By hand: put ${wanted.name} from ${fashionMnistUrl} into ${folder}, or install Debian's ` +
        "package dataset-fashion-mnist; fashion-mnist-10k works without it",
      { cause },
    );
  }
}
