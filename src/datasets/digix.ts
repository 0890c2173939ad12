// DIGIX 2020, digital-device image retrieval (Huawei DIGIX Global AI Challenge 2020). Not redistributed here.
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { InputError, UnavailableError } from "../core/errors.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFileIfAny } from "../core/json-file.js";
import { objectOf, TEXT, YES_OR_NO } from "../core/json-schema.js";
import { dataPath } from "../core/paths.js";
import type { ProgressListener } from "../core/progress.js";
import type { Dataset } from "./dataset.js";
import type { DigixPart } from "./digix-layout.js";
import { FINAL_PART, findDigixPart, findFinalPart } from "./digix-layout.js";
import { scanDigixTest, scanDigixTrain } from "./digix-scan.js";
import type { Split } from "./roles.js";
import { cachedScan } from "./scan-cache.js";
import { readSearchRoles } from "./search-roles.js";

/** How {@link openDigix} names and describes what it opens. */
export interface OpenDigixOptions {
  /** Name of the dataset. Default: `digix`, `digix-test-a`, `digix-test-b` or `digix-final`. */
  name?: string;
  /** What the images are, for people. Default: "DIGIX 2020 digital-device retrieval", or what a sample says it is. */
  origin?: string;
  /** Name of the final part's folder. Default: the one beside the known parts that holds queries and a gallery. */
  partFolder?: string;
  /** From how many images on the result of walking the folders is cached. Default 20,000. */
  cacheFromImages?: number;
  /** Told of the files when they are many and not in the cache. Default: nobody. */
  onProgress?: ProgressListener;
}

/** What the parts are called here, how they lie on the disk, and whether they say what is asked for and what is searched. */
const PARTS: Readonly<
  Record<DigixPart | typeof FINAL_PART, { name: string; scan: typeof scanDigixTrain; hasRoles: boolean }>
> = {
  train_data: { name: "digix", scan: scanDigixTrain, hasRoles: false },
  test_data_A: { name: "digix-test-a", scan: scanDigixTest, hasRoles: true },
  test_data_B: { name: "digix-test-b", scan: scanDigixTest, hasRoles: true },
  [FINAL_PART]: { name: "digix-final", scan: scanDigixTest, hasRoles: true },
};

/** Where DIGIX is looked for when no place is given. */
export function digixFolder(): string {
  return dataPath("digix");
}

/**
 * Opens a part of DIGIX in its official layout, as unpacked.
 *
 * `train_data`: ids `DIGIX_000012/NAME.jpg`, labels are the products (places in `classNames`, in which products without
 * images stay); what each would be in a test, where roles.txt says it, is in `searchedAs`. `test_data_A`, `test_data_B`,
 * and the final part: ids `query/NAME.jpg`, then `gallery/NAME.jpg`, each by name; labels −1
 * (unknown) unless the part has a label.txt, as the synthetic sample has. What the official data is known for (empty
 * product folders, missing files, lines that come twice, odd names) is listed in `oddities`. A synthetic sample in this
 * layout is known by its sample.json, whatever its folder is called.
 * @param root the folder that holds the parts
 * @throws {InputError} when the folder or a label.txt is not what it must be
 */
export async function openDigix(
  root: string,
  part: DigixPart | typeof FINAL_PART,
  options: OpenDigixOptions = {},
): Promise<Dataset<Int32Array>> {
  const sample = await sampleAt(root);
  const { scan, hasRoles } = PARTS[part];
  const { name = PARTS[part].name, origin = sample ?? "DIGIX 2020 digital-device retrieval" } = options;
  const folder = part === FINAL_PART ? await findFinalPart(root, options.partFolder) : await findDigixPart(root, part);
  const { classNames, ids, labels, oddities, passedOver, contentHash } = await cachedScan(
    folder,
    name,
    () => scan(folder, name, options.onProgress),
    {
      fromImages: options.cacheFromImages,
    },
  );
  const searchedAs = part === "train_data" ? await readSearchRoles(folder, { ids, passedOver }) : undefined;
  return {
    name,
    description: `${origin}, ${part} in ${resolve(folder)}`,
    classNames,
    ids,
    labels,
    ...(hasRoles ? { roles: rolesOf(name, ids) } : {}),
    ...(searchedAs === undefined ? {} : { searchedAs }),
    contentHash,
    synthetic: sample !== undefined,
    oddities,
    passedOver,
    async image(row) {
      if (!(row >= 0 && row < ids.length)) {
        throw new InputError(`${name} has no row ${row}`, { expected: `0..${ids.length - 1}` });
      }
      return join(folder, ids[row]);
    },
  };
}

/** Of a synthetic sample, or of anything else of that name. */
const SAMPLE_JSON: JsonFileKind<{ readonly synthetic?: boolean; readonly description?: string }> = {
  what: "what a synthetic sample is, as `hashbook dataset digix-sample` writes it",
  schema: objectOf({}, { synthetic: YES_OR_NO, description: TEXT }),
};

/** What a synthetic sample says it is, in its sample.json; undefined for a folder that says nothing of the kind. */
async function sampleAt(root: string): Promise<string | undefined> {
  const { synthetic, description = "Synthetic images" } =
    (await readJsonFileIfAny(join(root, "sample.json"), SAMPLE_JSON)) ?? {};
  return synthetic === true ? description : undefined;
}

function rolesOf(name: string, ids: readonly string[]): Split {
  const { query, gallery } = digixRoles({ name, ids });
  return {
    protocol: "official: folders query and gallery",
    seed: 0,
    query,
    train: new Int32Array(0),
    database: gallery,
  };
}

/** Rows of the queries and of the gallery of a test part, each in ascending order. */
export function digixRoles(dataset: Pick<Dataset, "name" | "ids">): { query: Int32Array; gallery: Int32Array } {
  const rows = Int32Array.from(dataset.ids.keys());
  const query = rows.filter(row => dataset.ids[row].startsWith("query/"));
  const gallery = rows.filter(row => dataset.ids[row].startsWith("gallery/"));
  if (query.length === 0 || query.length + gallery.length !== rows.length) {
    throw new InputError(`${dataset.name} has no queries and gallery`, { expected: "a test part of DIGIX" });
  }
  return { query, gallery };
}

/**
 * DIGIX at its usual place, or at `root`.
 * @throws {UnavailableError} when nothing is at its usual place, saying where it comes from
 */
export async function openOfficialDigix(
  part: DigixPart | typeof FINAL_PART,
  options: { root?: string; partFolder?: string; onProgress?: ProgressListener } = {},
): Promise<Dataset<Int32Array>> {
  const { root, partFolder, onProgress } = options;
  const folder = root ?? digixFolder();
  if (root === undefined && (await stat(folder).catch(() => undefined)) === undefined) {
    throw new UnavailableError(
      `DIGIX is not here: there is no ${folder}. It is had from the organisers of the challenge alone (data/README.md); ` +
        "give its folder with --root, or link it there. digix-sample is a synthetic set in the same layout that works " +
        "without it",
    );
  }
  return openDigix(folder, part, { partFolder, onProgress });
}
