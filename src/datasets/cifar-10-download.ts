import { join } from "node:path";
import { UnavailableError } from "../core/errors.js";
import { removeLeftovers } from "../core/leftovers.js";
import { lockOfFolder, withLock } from "../core/lock.js";
import type { ProgressListener } from "../core/progress.js";
import { cifar10Folder } from "./cifar-10.js";
import { findCifar10Copy, PYTHON_VERSION } from "./cifar-10-files.js";
import { downloadFile } from "./download.js";

/** Where its author publishes the archive. */
const URL = `https://www.cs.toronto.edu/~kriz/${PYTHON_VERSION.archive}`;

/** SHA-256 of the archive, as the TensorFlow and Hugging Face data sets list it; its MD5 in torchvision is c58f30108f718f92721af3b95e74349a. */
const SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce";

/**
 * Downloads the Python version of CIFAR-10 (170 MB) from its author, unless some copy is there. It stays packed.
 * @returns the folder it is in
 * @throws {UnavailableError} when it cannot be had, saying what to put where by hand
 */
export async function downloadCifar10(
  options: {
    /** Where to put it. Default: {@link cifar10Folder}. */
    folder?: string;
    /** Default: its author's. */
    url?: string;
    /** SHA-256 (hex) it must have. Default: the published file's. */
    sha256?: string;
    /** Told of the bytes received. Default: nobody. */
    onProgress?: ProgressListener;
    /** Seconds without a byte after which the download counts as dead. Default 30. */
    timeoutSeconds?: number;
  } = {},
): Promise<string> {
  const { folder = cifar10Folder(), url = URL, sha256 = SHA256, onProgress, timeoutSeconds } = options;
  if ((await findCifar10Copy(folder)) !== undefined) return folder;
  const fetchArchive = async (): Promise<void> => {
    // Whoever has waited for another process finds what that one has fetched.
    if ((await findCifar10Copy(folder)) !== undefined) return;
    await removeLeftovers(folder, [PYTHON_VERSION.archive]);
    await downloadFile(url, join(folder, PYTHON_VERSION.archive), { sha256, onProgress, timeoutSeconds });
  };
  try {
    await withLock(lockOfFolder(folder), fetchArchive, { task: "downloading CIFAR-10" });
  } catch (cause) {
    if (!(cause instanceof UnavailableError)) throw cause;
    throw new UnavailableError(
      `${cause.message}. By hand: put ${PYTHON_VERSION.archive} from ${URL}, or torchvision's folder ` +
        `${PYTHON_VERSION.folder}, into ${folder}`,
      { cause },
    );
  }
  return folder;
}
