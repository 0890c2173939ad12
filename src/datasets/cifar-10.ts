// CIFAR-10: Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { InputError, UnavailableError } from "../core/errors.js";
import { dataPath } from "../core/paths.js";
import type { Cifar10Batch } from "./cifar-10-batch.js";
import { IMAGE_VALUES, SIDE } from "./cifar-10-batch.js";
import type { Cifar10Copy } from "./cifar-10-files.js";
import { BINARY_VERSION, findCifar10Copy, PYTHON_VERSION, readCifar10Files } from "./cifar-10-files.js";
import type { Dataset } from "./dataset.js";
import type { RawImage } from "./image-input.js";
import type { Oddity } from "./oddities.js";
import { OddityList } from "./oddities.js";

const CLASS_NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/** MD5 of the files of the Python version, as torchvision checks them. */
const PUBLISHED_MD5: Readonly<Record<string, string>> = {
  data_batch_1: "c99cafc152244af753f735de768cd75f",
  data_batch_2: "d4bba439e000b95fd0a9bffe97cbabec",
  data_batch_3: "54ebc095f3ab1f0389bbae665268c751",
  data_batch_4: "634d18415352ddfa80567beed471001a",
  data_batch_5: "482c414d41f54cd18b22e5b47cb7c3cb",
  test_batch: "40351d587109b95175f43aff81a1287e",
};

/** Images of each published batch. */
const BATCH_IMAGES = 10_000;

/** Where it is looked for, and downloaded to. */
export function cifar10Folder(): string {
  return dataPath("cifar-10");
}

/**
 * All 60,000 images of CIFAR-10, 32×32, colour: rows 0..49,999 are the train part (ids `train/00000` …) batch by batch, the
 * rest the test part (`test/00000` …), as torchvision numbers them. From torchvision's `cifar-10-batches-py` or the binary
 * version, as folders or as the `.tar.gz` of either. Pickles are read and nothing in them is executed. Held in memory
 * whole: 184 MB.
 * @throws {UnavailableError} when it is not here, saying what to put where
 * @throws {InputError} naming a file that is damaged, and the place in it
 */
export async function openCifar10(
  options: {
    /** A folder of batches, one that holds such a folder or an archive, or an archive. Default: {@link cifar10Folder}. */
    root?: string;
  } = {},
): Promise<Dataset<Int32Array>> {
  const place = options.root ?? cifar10Folder();
  const copy = await findCifar10Copy(place);
  if (copy === undefined) throw cifar10NotHere(place);
  const files = await readCifar10Files(copy);
  checkNames(copy, files.get(copy.version.names));
  const batches = copy.version.batches.map(name => copy.version.decodeBatch(files.get(name)!, fileOf(copy, name)));
  return datasetOf(batches, oddities(copy, files, batches));
}

/** What to put where, as an error. */
export function cifar10NotHere(place: string): UnavailableError {
  return new UnavailableError(
    `CIFAR-10 is not here: ${place} holds none of ${PYTHON_VERSION.folder} (torchvision's folder), ` +
      `${PYTHON_VERSION.archive}, ${BINARY_VERSION.folder} and ${BINARY_VERSION.archive}. Put one of them there, say where ` +
      'it is with --root, or get it (170 MB) with "hashbook dataset cifar-10 --download"',
  );
}

/** Names a file of a copy in messages: in a folder, or in an archive. */
function fileOf({ version, path, packed }: Cifar10Copy, name: string): string {
  return packed ? `${path}: ${version.folder}/${name}` : join(path, name);
}

function checkNames(copy: Cifar10Copy, bytes: Uint8Array | undefined): void {
  if (bytes === undefined) return; // They are known.
  const file = fileOf(copy, copy.version.names);
  const names = copy.version.decodeNames(bytes, file);
  if (names.join() === CLASS_NAMES.join()) return;
  throw new InputError("these are not CIFAR-10's classes", {
    file,
    expected: CLASS_NAMES.join(", "),
    actual: names.join(", "),
  });
}

/** What tells a copy from the published one. */
function oddities(
  { version }: Cifar10Copy,
  files: Map<string, Uint8Array>,
  batches: readonly Cifar10Batch[],
): Oddity[] {
  const found = new OddityList();
  for (const [i, name] of version.batches.entries()) {
    const images = batches[i].labels.length;
    if (images !== BATCH_IMAGES) found.note(`batches that do not have ${BATCH_IMAGES} images`, `${name} (${images})`);
    const published = PUBLISHED_MD5[name];
    if (published === undefined) continue; // of the binary version, whose checksums nobody publishes by file
    if (createHash("md5").update(files.get(name)!).digest("hex") !== published) {
      found.note("batches with another MD5 than the published ones", name);
    }
  }
  return found.list();
}

function datasetOf(batches: readonly Cifar10Batch[], odd: readonly Oddity[]): Dataset<Int32Array> {
  const ends: number[] = [];
  for (const { labels } of batches) ends.push((ends.at(-1) ?? 0) + labels.length);
  const total = ends[ends.length - 1];
  const train = total - batches[batches.length - 1].labels.length;
  const ids = Array.from({ length: total }, (_, row) => idOf(row, train));
  const labels = new Int32Array(total);
  const hash = createHash("sha256").update("cifar-10\n");
  for (const [i, batch] of batches.entries()) {
    labels.set(batch.labels, ends[i] - batch.labels.length);
    hash.update(`${i} ${batch.labels.length}\n`).update(batch.labels).update(batch.pixels);
  }
  return {
    name: "cifar-10",
    description: `CIFAR-10 (Krizhevsky 2009): ${train} train and ${total - train} test images, 32×32 pixels, colour, 10 classes`,
    classNames: CLASS_NAMES,
    ids,
    labels,
    contentHash: hash.digest("hex"),
    oddities: odd,
    async image(row) {
      if (!(row >= 0 && row < total)) {
        throw new InputError(`cifar-10 has no row ${row}`, { expected: `0..${total - 1}` });
      }
      const batch = ends.findIndex(end => row < end);
      return imageOf(batches[batch], row - ends[batch] + batches[batch].labels.length);
    },
  };
}

function idOf(row: number, train: number): string {
  const [part, place] = row < train ? ["train", row] : ["test", row - train];
  return `${part}/${String(place).padStart(5, "0")}`;
}

/** One image, its colours beside each other. */
function imageOf({ pixels }: Cifar10Batch, place: number): RawImage {
  const plane = SIDE * SIDE;
  const start = place * IMAGE_VALUES;
  const data = new Uint8Array(IMAGE_VALUES); // (32, 32, 3)
  for (let at = 0; at < plane; at++) {
    for (let colour = 0; colour < 3; colour++) data[3 * at + colour] = pixels[start + colour * plane + at];
  }
  return { data, width: SIDE, height: SIDE, channels: 3 };
}
