// Whether features of two files were made in the same way, so that they can be compared.
import { createHash } from "node:crypto";
import type { FeatureManifest } from "./feature-manifest.js";

/** What features have to have in common. */
export const MADE_BY = [
  "backbone",
  "layer",
  "pool",
  "weightsHash",
  "preprocessing",
  "quantization",
  "parts",
  "whitened",
] as const;

/** What has to be the same. Whole images are made alike whatever becomes of those that are cut short. */
export function comparedPart(what: FeatureManifest[(typeof MADE_BY)[number]]): unknown {
  if (typeof what !== "object" || !("crop" in what)) return what;
  const { truncated: _, ...rest } = what;
  return rest;
}

/** How features were made, in short: equal keys are of features that can be compared. */
export interface MadeAs {
  /** For people. */
  readonly backbone: string;
  /** Twelve hexadecimal digits of all of it. */
  readonly key: string;
}

/** How the features of a manifest were made. */
export function madeAs(manifest: FeatureManifest): MadeAs {
  const text = JSON.stringify(MADE_BY.map(what => inOrder(comparedPart(manifest[what]) ?? null)));
  return { backbone: manifest.backbone, key: createHash("sha256").update(text).digest("hex").slice(0, 12) };
}

/** The same value with the fields of its objects by name: in whatever order a version writes them. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([name, field]) => [name, inOrder(field)]));
}
