import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { InputError, UsageError } from "../core/errors.js";
import { knownNames, nearestName } from "../core/nearest-name.js";
import type { ProgressListener } from "../core/progress.js";
import type { HashFilesOptions } from "../datasets/content-hash.js";
import type { Dataset } from "../datasets/dataset.js";
import { openOfficialDigix } from "../datasets/digix.js";
import { findFashionMnist, openFashionMnist, openFashionMnist10k } from "../datasets/fashion-mnist.js";
import { downloadFashionMnist } from "../datasets/fashion-mnist-download.js";
import { openImageFolder } from "../datasets/image-folder.js";
import { openLabelFile } from "../datasets/label-file.js";
import { findLists } from "../datasets/list-files.js";
import type { OpenListsOptions } from "../datasets/lists.js";
import { openLists } from "../datasets/lists.js";
import { mergeProducts, readProductMerges } from "../datasets/product-merges.js";
import { openDigixSample } from "../digix-sample/open.js";
import { openMultilabelSample } from "../multilabel-sample/open.js";
import { PROTOCOL_NAMES } from "../protocols/known-protocols.js";
import { openCifar10Images, openCifar10Protocol, openListProtocol } from "./open-protocol.js";

/** How a dataset is opened. */
export interface OpenDatasetOptions
  extends Pick<OpenListsOptions, "images" | "stripPrefix" | "classNames" | "missing" | "tolerant" | "part"> {
  /** Where it is: the folder of `fashion-mnist`, `cifar-10` and its protocols, `image-folder` or `lists`, the file of
   * `label-file`. Default: by the name. */
  root?: string;
  /** Folder of published lists: for `lists` the same as `root`. Default: none. */
  lists?: string;
  /** Fetch what is missing and can be fetched. Default false. */
  download?: boolean;
  /** Of a protocol whose roles are drawn by a rule: `cifar10`, `cifar10-1`, `cifar10-2`, `cifar10-unseen`, `mirflickr`
   * from annotations, `nuswide-21` from lists without a train list. Default 0. */
  seed?: number;
  /** Of `digix-final`: the name of its folder. Default: the one beside the other parts that holds queries and a gallery. */
  partFolder?: string;
  /** A list of products that are one, as `hashbook dataset --duplicates` writes it and people edit it. Default: none. */
  mergeProducts?: string;
  /** Told of the download. Default: nobody. */
  onProgress?: ProgressListener;
}

type Opener = (options: OpenDatasetOptions) => Promise<Dataset>;

function rootOf(name: string, { root }: OpenDatasetOptions): string {
  if (root === undefined) {
    throw new UsageError(`dataset ${name} needs its place`, {
      expected: "root (--root), or --lists of published lists: a folder or a label file",
    });
  }
  return root;
}

/** Protocols whose roles are drawn from CIFAR-10's files; the others have lists. */
const OF_CIFAR: readonly string[] = PROTOCOL_NAMES.filter(name => name.startsWith("cifar10"));
const OF_LISTS: readonly string[] = PROTOCOL_NAMES.filter(name => !OF_CIFAR.includes(name));

/** Datasets that are made from published lists. */
const FROM_LISTS: readonly string[] = ["lists", ...OF_LISTS];

function openers(
  names: readonly string[],
  open: (name: string, options: OpenDatasetOptions) => Promise<Dataset>,
): Record<string, Opener> {
  return Object.fromEntries(names.map(name => [name, (options: OpenDatasetOptions) => open(name, options)]));
}

/** @throws {UsageError} for options of lists beside another dataset */
function checkListOptions(name: string, { images, lists, stripPrefix, classNames, missing }: OpenDatasetOptions): void {
  const given = { "--images": images, "--lists": lists, "--strip-prefix": stripPrefix, "--class-names": classNames };
  const flags = Object.entries({ ...given, "--missing": missing }).filter(([, value]) => value !== undefined);
  if (flags.length === 0 || FROM_LISTS.includes(name)) return;
  throw new UsageError(`${flags.map(([flag]) => flag).join(", ")} of published lists, which this is not`, {
    expected: `a folder with train.txt, test.txt and database.txt, or one of ${FROM_LISTS.join(", ")}`,
    actual: name,
  });
}

function filesOptions({ onProgress, part }: OpenDatasetOptions): HashFilesOptions {
  return { onProgress, part };
}

/** One line a dataset: a new one is added here. */
const OPENERS: Readonly<Record<string, Opener>> = {
  "fashion-mnist-10k": () => openFashionMnist10k(),
  "fashion-mnist": async options => {
    const { root, onProgress } = options;
    if (options.download && findFashionMnist(root) === undefined) {
      await downloadFashionMnist({ folder: root, onProgress });
    }
    return openFashionMnist({ root });
  },
  "cifar-10": openCifar10Images,
  ...openers(OF_CIFAR, openCifar10Protocol),
  "image-folder": options => openImageFolder(rootOf("image-folder", options), filesOptions(options)),
  "label-file": options => openLabelFile(rootOf("label-file", options), filesOptions(options)),
  lists: options => openLists(options.lists ?? rootOf("lists", options), options),
  ...openers(OF_LISTS, openListProtocol),
  "fashion-mnist-multilabel": options => openMultilabelSample(options),
  digix: options => openOfficialDigix("train_data", options),
  "digix-test-a": options => openOfficialDigix("test_data_A", options),
  "digix-test-b": options => openOfficialDigix("test_data_B", options),
  "digix-final": options => openOfficialDigix("final", options),
  "digix-sample": options => openDigixSample("train_data", options),
  "digix-sample-test-a": options => openDigixSample("test_data_A", options),
  "digix-sample-test-b": options => openDigixSample("test_data_B", options),
};

/** Names {@link openDataset} knows. */
export const datasetNames: readonly string[] = Object.keys(OPENERS);

/**
 * Opens a dataset by its name (fashion-mnist-10k, digix-sample …; an unknown one is refused with the list) or by a
 * path: a folder is an image folder, a subfolder a class, or one of published lists (`train.txt`, `test.txt`,
 * `database.txt`); a file has lines of path and label.
 * @param name of a dataset, or a path
 * @throws {UsageError} listing the names, when it is none of them
 * @throws {UnavailableError} when its files are not here
 * @throws {InputError} when its files are not what they must be
 */
export async function openDataset(name: string, options: OpenDatasetOptions = {}): Promise<Dataset> {
  const { mergeProducts: list, ...rest } = options;
  if (options.partFolder !== undefined && name !== "digix-final") {
    throw new UsageError("--part-folder is of digix-final", { actual: name });
  }
  if (list === undefined) return openUnmerged(name, rest);
  const merges = await readProductMerges(list); // before hours of work
  return mergeProducts(await openUnmerged(name, rest), merges, list);
}

async function openUnmerged(name: string, options: OpenDatasetOptions): Promise<Dataset> {
  if (Object.hasOwn(OPENERS, name)) {
    checkListOptions(name, options);
    return OPENERS[name](options);
  }
  if (options.root !== undefined || options.lists !== undefined) {
    throw new UsageError("a root (--root) goes with the name of a dataset", {
      expected: `${knownNames(name, datasetNames)}; or a path alone`,
      actual: name,
    });
  }
  const found = await stat(name).catch(() => undefined);
  if (found?.isDirectory() && (await findLists(name)) !== undefined) return openLists(name, options);
  if (found !== undefined) checkListOptions(name, options);
  if (found?.isDirectory()) return openImageFolder(name, filesOptions(options));
  if (found?.isFile()) return openLabelFile(name, filesOptions(options));
  const alike = await pathAlike(name);
  const known = alike === undefined ? knownNames(name, datasetNames) : `"${alike}"? Known: ${datasetNames.join(", ")}`;
  const names = `${known}; or the path of an image folder, of published lists or of a label file`;
  if (/[\\/.]/.test(name)) throw new InputError("no such folder or file", { file: name, expected: names });
  throw new UsageError(`there is no dataset, folder or file "${name}"`, { expected: names });
}

/** The path that a wrong one was probably meant to be; undefined where the name of a dataset is as like it. */
async function pathAlike(name: string): Promise<string | undefined> {
  const beside = await readdir(dirname(name)).catch(() => []);
  const wrong = basename(name);
  const nearest = nearestName(wrong, [...datasetNames, ...beside.sort()]);
  return nearest === undefined || datasetNames.includes(nearest) ? undefined : join(dirname(name), nearest);
}
