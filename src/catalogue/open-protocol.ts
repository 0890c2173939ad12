import { InputError, UnavailableError, UsageError } from "../core/errors.js";
import type { ProgressListener } from "../core/progress.js";
import { openCifar10 } from "../datasets/cifar-10.js";
import { downloadCifar10 } from "../datasets/cifar-10-download.js";
import type { Dataset } from "../datasets/dataset.js";
import { datasetWithRoles } from "../datasets/dataset-with-roles.js";
import type { OpenListsOptions } from "../datasets/lists.js";
import { openLists } from "../datasets/lists.js";
import { isAnnotationFolder, openMirflickr } from "../datasets/mirflickr.js";
import { protocolOf } from "../protocols/known-protocols.js";
import type { Protocol } from "../protocols/protocol.js";

/** How CIFAR-10 is opened. */
export interface OpenCifar10Options {
  /** Where it is. Default: its usual place. */
  root?: string;
  /** Fetch it where no copy is there. Default false. */
  download?: boolean;
  /** Of the rule by which a protocol draws roles. Default 0. */
  seed?: number;
  /** Told of the download. Default: nobody. */
  onProgress?: ProgressListener;
}

/** All images of CIFAR-10. */
export async function openCifar10Images({ root, download, onProgress }: OpenCifar10Options): Promise<Dataset> {
  if (download) await downloadCifar10({ folder: root, onProgress });
  return openCifar10({ root });
}

/** CIFAR-10 in the roles that the rule of a protocol draws. */
export async function openCifar10Protocol(name: string, options: OpenCifar10Options): Promise<Dataset> {
  return drawRoles(protocolOf(name), await openCifar10Images(options), options.seed);
}

/** Lists that were read only to be drawn anew are no lists of the dataset. */
function drawRoles({ name, rule }: Protocol, { listed, ...images }: Dataset, seed?: number): Dataset {
  return datasetWithRoles(images, name, rule!.draw(images, { seed }));
}

/** How a protocol of lists is opened. */
export interface OpenListProtocolOptions extends OpenListsOptions {
  /** Folder of the lists. */
  lists?: string;
  /** The same. */
  root?: string;
  /** Of the rule, where these lists have no roles and there is one. Default 0. */
  seed?: number;
}

/**
 * A protocol by its published lists. Where it has a rule, what that draws from will do too: MIRFlickr's annotations, lists
 * of NUS-WIDE without a train list.
 * @throws {UnavailableError} without lists, saying whose are needed
 * @throws {InputError} when they are of another number of classes, and as `openLists`
 */
export async function openListProtocol(name: string, options: OpenListProtocolOptions): Promise<Dataset> {
  const protocol = protocolOf(name);
  const { lists = options.root, images = lists, seed } = options;
  if (lists === undefined || images === undefined) throw withoutLists(protocol);
  if (name === "mirflickr" && (await isAnnotationFolder(lists))) {
    const pictures = await openMirflickr(lists, images, options);
    checkClasses(protocol, pictures, lists);
    return drawRoles(protocol, pictures, seed);
  }
  const dataset = await openLists(lists, options);
  checkClasses(protocol, dataset, lists);
  const hasTrain = dataset.listed!.lists.some(({ role }) => role === "train");
  if (protocol.rule !== undefined && !hasTrain) return drawRoles(protocol, dataset, seed);
  if (seed !== undefined) {
    throw new UsageError("a seed (--seed) is of roles that are drawn by a rule; these lists have theirs", {
      expected: `none for ${name} with lists that have a train list`,
      actual: String(seed),
    });
  }
  const asPublished = `${protocol.source}, as in ${dataset.roles!.asPublished}`;
  return datasetWithRoles(dataset, name, { ...dataset.roles!, name, asPublished });
}

function withoutLists({ name, source, rule }: Protocol): UnavailableError {
  const drawn = rule === undefined ? "" : `, or what its rule draws from: ${rule.from}`;
  return new UnavailableError(
    `protocol ${name} needs its lists and its images: --lists with a folder of train.txt, test.txt and database.txt ` +
      `(${source})${drawn}; --images with the folder that their paths are below`,
  );
}

function checkClasses({ name, expected, variants = [] }: Protocol, { classNames }: Dataset, lists: string): void {
  const known = new Set([expected.classes, ...variants.map(({ counts }) => counts.classes)]);
  if (known.has(classNames.length)) return;
  throw new InputError(`these are not the lists of protocol ${name}`, {
    file: lists,
    expected: `labels of ${[...known].join(" or ")} classes`,
    actual: `${classNames.length}; lists of other data open without the protocol's name (lists)`,
  });
}
