// Fashion-MNIST: Xiao, Rasul, Vollgraf, arXiv 1708.07747. MIT licence, Zalando SE.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError, UnavailableError } from "../core/errors.js";
import { dataPath, embeddedData } from "../core/paths.js";
import type { Dataset } from "./dataset.js";
import { decodeIdx, readUnzipped } from "./idx.js";
import { officialSplit } from "./split.js";

/** Where the authors publish the four files. */
export const fashionMnistUrl: string = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/";

/** Where Debian's package `dataset-fashion-mnist` puts them. */
const DEBIAN_FOLDER = "/usr/share/datasets/fashion-mnist";

const CLASS_NAMES = [
  "T-shirt/top",
  "Trouser",
  "Pullover",
  "Dress",
  "Coat",
  "Sandal",
  "Shirt",
  "Sneaker",
  "Bag",
  "Ankle boot",
];

/** Height and width of every image, in pixels. */
const SIDE = 28;

/** One of the four files. */
export interface FashionMnistFile {
  readonly name: string;
  /** SHA-256 of the unpacked bytes: copies differ in their gzip headers (name and time), never in what they hold. */
  readonly sha256: string;
}

const TRAIN: readonly [FashionMnistFile, FashionMnistFile] = [
  {
    name: "train-images-idx3-ubyte.gz",
    sha256: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
  },
  {
    name: "train-labels-idx1-ubyte.gz",
    sha256: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
  },
];

const T10K: readonly [FashionMnistFile, FashionMnistFile] = [
  {
    name: "t10k-images-idx3-ubyte.gz",
    sha256: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
  },
  {
    name: "t10k-labels-idx1-ubyte.gz",
    sha256: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
  },
];

/** All four files: images and labels of the train part, then of the test part. */
export const fashionMnistFiles: readonly FashionMnistFile[] = [...TRAIN, ...T10K];

interface Part {
  /** (count, 28, 28) */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

async function readChecked(folder: string, { name, sha256 }: FashionMnistFile, axes: number): Promise<Uint8Array> {
  const file = join(folder, name);
  const bytes = await readUnzipped(file);
  const values = decodeIdx(bytes, file, axes).data;
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (actual !== sha256) {
    throw new InputError("this is not Fashion-MNIST's file: its content has another checksum", {
      file,
      expected: `SHA-256 ${sha256} once unpacked`,
      actual,
    });
  }
  return values;
}

async function readPart(
  folder: string,
  [images, labels]: readonly [FashionMnistFile, FashionMnistFile],
): Promise<Part> {
  return { pixels: await readChecked(folder, images, 3), labels: await readChecked(folder, labels, 1) };
}

function idsOf(part: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${part}/${String(i).padStart(5, "0")}`);
}

function datasetOf(
  name: string,
  description: string,
  parts: readonly Part[],
  ids: readonly string[],
  files: readonly FashionMnistFile[],
): Dataset<Int32Array> {
  const labels = new Int32Array(ids.length);
  let filled = 0;
  for (const part of parts) {
    labels.set(part.labels, filled);
    filled += part.labels.length;
  }
  const first = parts[0].labels.length;
  return {
    name,
    description,
    classNames: CLASS_NAMES,
    ids,
    labels,
    contentHash: createHash("sha256")
      .update(`${name}\n${files.map(file => file.sha256).join("\n")}\n`)
      .digest("hex"),
    async image(row) {
      if (!(row >= 0 && row < ids.length)) {
        throw new InputError(`${name} has no row ${row}`, { expected: `0..${ids.length - 1}` });
      }
      const { pixels } = row < first ? parts[0] : parts[1];
      const start = (row < first ? row : row - first) * SIDE * SIDE;
      return { data: pixels.subarray(start, start + SIDE * SIDE), width: SIDE, height: SIDE, channels: 1 };
    },
  };
}

/**
 * The 10,000 images of Fashion-MNIST's test part, which ship with this package. Ids `t10k/00000` … `t10k/09999`.
 * Images are 28×28, grey (light garments on black).
 * @throws {InputError} when the shipped files are missing or damaged
 */
export async function openFashionMnist10k(): Promise<Dataset<Int32Array>> {
  const part = await readPart(embeddedData("fashion-mnist"), T10K);
  return datasetOf(
    "fashion-mnist-10k",
    "The 10,000 images of Fashion-MNIST's test part (Zalando, MIT licence): garments, 28×28 pixels, grey, 10 classes",
    [part],
    idsOf("t10k", part.labels.length),
    T10K,
  );
}

/** The folders {@link openFashionMnist} looks in, in this order. */
export function fashionMnistFolders(): string[] {
  return [dataPath("fashion-mnist"), DEBIAN_FOLDER];
}

/** The folder that holds all four files: `root`, or the first of {@link fashionMnistFolders}; undefined when none. */
export function findFashionMnist(root?: string): string | undefined {
  const folders = root === undefined ? fashionMnistFolders() : [root];
  return folders.find(folder => fashionMnistFiles.every(file => existsSync(join(folder, file.name))));
}

/**
 * All 70,000 images of Fashion-MNIST: rows 0..59,999 are the train part (ids `train/00000` …), the rest the test part
 * (`t10k/00000` …).
 * @throws {UnavailableError} when no folder holds all four files
 * @throws {InputError} when one of them is damaged
 */
export async function openFashionMnist(
  options: {
    /** Folder with the four .gz files. Default: the first of {@link fashionMnistFolders} that has them. */
    root?: string;
  } = {},
): Promise<Dataset<Int32Array>> {
  const folder = findFashionMnist(options.root);
  if (folder === undefined) {
    const folders = options.root === undefined ? fashionMnistFolders() : [options.root];
    throw new UnavailableError(
      `the 70,000 images of Fashion-MNIST are not here: none of ${folders.join(", ")} holds ` +
        `${fashionMnistFiles.map(file => file.name).join(", ")}. Get them with "hashbook dataset fashion-mnist ` +
        `--download" or with Debian's package dataset-fashion-mnist; fashion-mnist-10k works without them`,
    );
  }
  const train = await readPart(folder, TRAIN);
  const test = await readPart(folder, T10K);
  const dataset = datasetOf(
    "fashion-mnist",
    "Fashion-MNIST (Zalando, MIT licence): 60,000 train and 10,000 test images of garments, 28×28 pixels, grey, 10 classes",
    [train, test],
    [...idsOf("train", train.labels.length), ...idsOf("t10k", test.labels.length)],
    fashionMnistFiles,
  );
  return { ...dataset, roles: officialSplit(dataset) };
}
