// Whether two manifests are of the same features, and in what they differ.
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Pooling } from "../backbone/pooling.js";
import { poolingText } from "../backbone/pooling.js";
import type { FeatureManifest } from "./feature-manifest.js";

/**
 * What the features are, without who made them and when. The content hash stands for all that is said of the images, as
 * it did in manifests that say less of them; the weights' hash for what they have seen.
 */
function identityOf({ run: _, format: _f, classNames: _c, synthetic: _s, seen: _w, ...rest }: FeatureManifest): object {
  return rest;
}

/** Twelve hexadecimal digits that stand for what the features are. */
export function manifestKey(manifest: FeatureManifest): string {
  return createHash("sha256")
    .update(JSON.stringify(identityOf(manifest)))
    .digest("hex")
    .slice(0, 12);
}

/** True when two manifests describe the same features, whoever made them. */
export function sameFeatures(one: FeatureManifest, other: FeatureManifest): boolean {
  return JSON.stringify(identityOf(one)) === JSON.stringify(identityOf(other));
}

/**
 * In what two manifests of different features differ, for messages: "engine (wasm, not cpu), quantization (fp32, not int8)".
 * @param one of those that are there
 * @param other of those that are asked for
 */
export function differencesOf(one: FeatureManifest, other: FeatureManifest): string {
  const [found, asked]: Record<string, unknown>[] = [one, other].map(each => ({ ...identityOf(each) }));
  const fields = Object.keys({ ...found, ...asked }).filter(field => !isDeepStrictEqual(found[field], asked[field]));
  const textOf = (field: string): string => `${field}${valuesIn(field, found[field], asked[field])}`;
  const images = [one.shape[0], other.shape[0]];
  if (fields.includes("contentHash") && one.dataset === other.dataset && images[0] !== images[1]) {
    // That the matrix has other rows follows.
    const more = fields.filter(
      field => field !== "contentHash" && (field !== "shape" || one.shape[1] !== other.shape[1]),
    );
    return [`images (${images[0]}, not ${images[1]})`, ...more.map(textOf)].join(", ");
  }
  return fields.map(textOf).join(", ");
}

function valuesIn(field: string, found: unknown, asked: unknown): string {
  if (field === "quantization") {
    const [one, other] = [found, asked].map(value => (value === undefined ? "fp32" : "int8"));
    return one === other ? " (int8 of other ranges)" : ` (${one}, not ${other})`;
  }
  if (field === "pool") {
    const [one, other] = [found, asked].map(value => poolingText((value as Pooling | undefined) ?? "average"));
    return ` (${one}, not ${other})`;
  }
  if ([found, asked].some(value => typeof value !== "string" && value !== undefined)) return "";
  return ` (${found ?? "none"}, not ${asked ?? "none"})`;
}
