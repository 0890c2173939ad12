import { poolingText } from "../backbone/pooling.js";
import type { Display } from "../core/display.js";
import { bytesText, countText } from "../core/size-text.js";
import type { DataFolder } from "../features/data-folder.js";
import type { FeatureSet } from "../features/extract.js";
import type { FeatureManifest } from "../features/feature-manifest.js";
import { scalesText } from "../images/scales.js";
import { viewsText } from "../images/views.js";
import { classBars, classesText, isLabels, roleNotes, rolesText } from "./class-facts.js";
import { placeText } from "./place-text.js";
import { summaryBundle } from "./summary.js";

/** A data folder as `readDataFolder` gives it: what its features are of, and which rows do what. */
export const dataFolderDisplay: Display<DataFolder> = {
  name: "data folder",
  is: (value): value is DataFolder => {
    const { featuresFile, manifest, labels, ids } = (value ?? {}) as DataFolder;
    return typeof featuresFile === "string" && isManifest(manifest) && isLabels(labels) && Array.isArray(ids);
  },
  mime: data => {
    const { folder, manifest, split, failed, converted, unchecked } = data;
    return summaryBundle({
      title: "Data folder",
      about: `${sizeText(manifest)} in ${placeText(folder)}`,
      facts: {
        ...madeBy(manifest),
        classes: classesText(data),
        roles: split === undefined ? "none" : rolesText(split),
        rule: split?.protocol,
      },
      picture: classBars(data, "items"),
      notes: [
        ...(split === undefined ? [] : roleNotes(split)),
        ...failedNotes(failed.length),
        ...converted,
        ...unchecked.map(what => `Not checked: ${what}`),
      ],
    });
  },
};

/** Features with their labels, as `extractFeatures` gives them. */
export const featuresDisplay: Display<FeatureSet> = {
  name: "features",
  is: (value): value is FeatureSet => {
    const { features, labels, manifest } = (value ?? {}) as FeatureSet;
    return isManifest(manifest) && isLabels(labels) && ArrayBuffer.isView(features?.data);
  },
  mime: ({ features, labels, manifest, folder, failed = [] }) => {
    const { classNames = [] } = manifest;
    return summaryBundle({
      title: "Features",
      about: `${sizeText(manifest)}, ${bytesText(features.data.byteLength)}`,
      facts: { ...madeBy(manifest), classes: classesText({ classNames }), folder: folder && placeText(folder) },
      picture: classBars({ labels, classNames }, "items"),
      notes: failedNotes(failed.length),
    });
  },
};

function isManifest(value: unknown): value is FeatureManifest {
  const { dataset, backbone, shape } = (value ?? {}) as FeatureManifest;
  return typeof dataset === "string" && typeof backbone === "string" && Array.isArray(shape);
}

/** `10,000 × 1,280 float32`. */
function sizeText({ shape }: FeatureManifest): string {
  return `${shape.map(countText).join(" × ")} float32`;
}

/** What features are of, and what made them. */
function madeBy({
  dataset,
  synthetic,
  backbone,
  layer,
  pool,
  weightsHash,
  preprocessing,
  engine,
  shard,
}: FeatureManifest) {
  const { crop, views } = preprocessing;
  return {
    dataset: `${dataset}${synthetic ? " (synthetic)" : ""}`,
    part: shard && `${shard.index} of ${shard.of}, rows ${countText(shard.rows[0])} to ${countText(shard.rows[1])}`,
    backbone: `${backbone}${layer === undefined ? "" : `, ${layer}`}${pool === undefined ? "" : `, ${poolingText(pool)}`}, weights ${weightsHash.slice(0, 12)}…`,
    input: `${crop} × ${crop} pixels${views === undefined ? "" : `, ${viewsText(views)}`}${scalesText(preprocessing)}`,
    engine,
  };
}

function failedNotes(failed: number): string[] {
  return failed === 0 ? [] : [`${countText(failed)} images could not be read: their features are NaN.`];
}
