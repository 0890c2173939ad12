import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { openDataset } from "../catalogue/open-dataset.js";
import { InputError } from "../core/errors.js";
import type { ProgressListener } from "../core/progress.js";
import type { Dataset } from "../datasets/dataset.js";
import { singleLabelled } from "../datasets/dataset.js";
import { countLine, digixCounts } from "../datasets/digix-counts.js";
import { findFinalPart } from "../datasets/digix-layout.js";

/** A test part of the challenge. */
export type TestPartName = "a" | "b" | "final";

/** Test parts in the order in which they were given out. */
export const TEST_PARTS: readonly TestPartName[] = ["a", "b", "final"];

const DATASETS: Readonly<Record<TestPartName, string>> = {
  a: "digix-test-a",
  b: "digix-test-b",
  final: "digix-final",
};

/** A test part that is there. */
export interface TestPart {
  readonly part: TestPartName;
  readonly dataset: Dataset<Int32Array>;
}

/** What a folder of DIGIX holds. */
export interface ChallengeParts {
  readonly root: string;
  /** train_data as it is on the disk, no products merged. */
  readonly labelled: Dataset<Int32Array>;
  /** At least one. */
  readonly tests: readonly TestPart[];
  /** Sizes beside those that are known, and what is unusual, a sentence each. */
  readonly notes: readonly string[];
}

/** Settings of {@link openParts}. */
export interface PartsOptions {
  /** Which test parts. Default: all that are there. */
  readonly parts?: readonly TestPartName[];
  /** Name of the final part's folder. Default: the one beside the others with queries and a gallery. */
  readonly partFolder?: string;
  readonly onProgress?: ProgressListener;
}

/**
 * Opens train_data and the test parts of a folder in DIGIX' layout, real or drawn.
 * @throws {InputError} when train_data is not there, or no test part, or one that is asked for
 */
export async function openParts(root: string, options: PartsOptions = {}): Promise<ChallengeParts> {
  const { partFolder, onProgress } = options;
  const labelled = singleLabelled(await openDataset("digix", { root, onProgress }), "a challenge");
  const parts = options.parts ?? (await partsIn(root, partFolder));
  if (parts.length === 0) {
    throw new InputError("there is no test part to answer", {
      file: root,
      expected: "test_data_A, test_data_B, or another folder with query and gallery",
    });
  }
  const tests: TestPart[] = [];
  for (const part of TEST_PARTS.filter(one => parts.includes(one))) {
    const named = part === "final" && partFolder !== undefined ? { partFolder } : {};
    const dataset = await openDataset(DATASETS[part], { root, onProgress, ...named });
    tests.push({ part, dataset: singleLabelled(dataset, "a challenge") });
  }
  const notes = [labelled, ...tests.map(({ dataset }) => dataset)].flatMap(notesOf);
  return { root: resolve(root), labelled, tests, notes };
}

async function partsIn(root: string, partFolder: string | undefined): Promise<TestPartName[]> {
  const isThere = async (name: string): Promise<boolean> =>
    (await stat(join(root, name)).catch(() => undefined))?.isDirectory() === true;
  const found: Readonly<Record<TestPartName, boolean>> = {
    a: await isThere("test_data_A"),
    b: await isThere("test_data_B"),
    final: await findFinalPart(root, partFolder).then(
      () => true,
      (error: Error) => {
        if (partFolder !== undefined) throw error; // named, and not there
        return false;
      },
    ),
  };
  return TEST_PARTS.filter(part => found[part]);
}

function notesOf(dataset: Dataset): string[] {
  const { name, oddities = [] } = dataset;
  const counts = digixCounts(dataset).map(count => `${name}: ${countLine(count)}`);
  const odd = oddities.map(({ what, count }) => `${name}: ${count} ${what}`);
  return counts.length === 0 ? [`${name}: ${dataset.ids.length} images`, ...odd] : [...counts, ...odd];
}
