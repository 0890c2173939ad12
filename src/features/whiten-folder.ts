import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import { InputError } from "../core/errors.js";
import type { ProgressListener } from "../core/progress.js";
import { labelledRows } from "../core/unlabelled.js";
import type { DataFolder } from "./data-folder.js";
import { rowsOfRole } from "./data-folder.js";
import { readSource, sourceRows, writeDerived } from "./derived-folder.js";
import type { FeatureFolder } from "./extract.js";
import type { FeatureManifest } from "./feature-manifest.js";
import { collectFeatures, openFeatureRows } from "./feature-rows.js";
import { whitenedAs } from "./whitened-as.js";
import type { FeatureWhitening, WhiteningOptions } from "./whitening.js";
import { applyWhitening, fitWhitening } from "./whitening.js";

/** Settings of {@link whitenFeatures}. */
export interface WhitenFeaturesOptions extends Pick<WhiteningOptions, "dim" | "shrinkage"> {
  /** Data folder that is fitted to, of features made in the same way; it may be the one that is whitened. */
  readonly fit: string;
  readonly out: string;
  readonly engine?: Engine;
  readonly onProgress?: ProgressListener;
}

/** A whitened data folder, and what whitened it. */
export interface WhitenedFolder extends FeatureFolder {
  readonly explained: number;
  /** Rows that were fitted to. */
  readonly rows: number;
}

/**
 * Whitens the features of a data folder into another, by a whitening that is fitted to the labelled images of a folder:
 * to its train rows where it has roles. The matrix is whitened some rows at a time; the rows fitted to are held.
 * @throws {InputError} as `fitWhitening`, and when the two folders hold features made in different ways
 */
export async function whitenFeatures(
  folder: string,
  { fit, out, dim, shrinkage, engine: asked, onProgress }: WhitenFeaturesOptions,
): Promise<WhitenedFolder> {
  const source = await readSource(folder);
  const fitted = fit === folder ? source : await readSource(fit);
  checkAlike(source, fitted);
  const engine = asked ?? (await openEngine());
  const rows = rowsFittedTo(fitted);
  const learned = await collectFeatures(await openFeatureRows(fitted.featuresFile), { of: rows });
  const whitening = await fitWhitening(learned, { dim, shrinkage, engine });
  const reader = await openFeatureRows(source.featuresFile);
  const values = async (begin: number, end: number): Promise<Float32Array> => {
    const shape = [end - begin, reader.shape[1]];
    const white = await applyWhitening({ data: await sourceRows(reader, begin, end), shape }, whitening, { engine });
    return white.data;
  };
  const manifest = whitenedManifest(source, fitted, { whitening, rows: rows.length });
  const made = await writeDerived(out, { sources: [source], manifest, values, onProgress, task: "whitening features" });
  return { ...made, explained: whitening.explained, rows: rows.length };
}

/** Rows that may be learned from: of the train role, of known class; all where no class is known. */
function rowsFittedTo(data: DataFolder): Int32Array {
  const rows = rowsOfRole(data, "train");
  const known = labelledRows(data.labels, rows);
  return known.length === 0 ? rows : known;
}

/** What has to be the same in features that one whitening is for. */
const SAME = ["backbone", "layer", "pool", "weightsHash"] as const;

function checkAlike({ folder, manifest }: DataFolder, fitted: DataFolder): void {
  if (manifest.whitened !== undefined || fitted.manifest.whitened !== undefined) {
    throw new InputError("these features are whitened already", {
      file: manifest.whitened === undefined ? fitted.folder : folder,
      expected: "features as a network gives them, joined or not",
    });
  }
  const differs = SAME.find(field => JSON.stringify(manifest[field]) !== JSON.stringify(fitted.manifest[field]));
  const makingOf = (one: FeatureManifest): string => JSON.stringify(one.parts ?? [one.preprocessing, one.quantization]);
  if (differs === undefined && makingOf(manifest) === makingOf(fitted.manifest)) return;
  throw new InputError("the features fitted to were made in another way than those to be whitened", {
    file: fitted.folder,
    expected: `features as in ${folder}`,
    actual: `others by ${differs ?? "preprocessing or precision"}`,
  });
}

function whitenedManifest(
  { manifest }: DataFolder,
  fitted: DataFolder,
  { whitening, rows }: { readonly whitening: FeatureWhitening; readonly rows: number },
): FeatureManifest {
  const { dataset, contentHash } = fitted.manifest;
  const whitened = whitenedAs(whitening, { dataset, contentHash, rows });
  return { ...manifest, whitened, shape: [manifest.shape[0], whitened.dim] };
}
