import type { Display } from "../core/display.js";
import { countText } from "../core/size-text.js";
import type { Dataset } from "../datasets/dataset.js";
import { rowsByClass } from "../datasets/dataset.js";
import { classBars, classesText, isLabels, roleNotes, rolesText } from "./class-facts.js";
import { picturesHtml } from "./small-pictures.js";
import { summaryBundle } from "./summary.js";

/** Pictures in the strip, of a class each where there are enough. */
const PICTURES = 10;
/** Their longer side, in pixels. */
const SIDE = 44;

/** Datasets: what they hold in words and numbers, items a class, and a picture of some classes. */
export const datasetDisplay: Display<Dataset> = {
  name: "dataset",
  is: (value): value is Dataset => {
    const { name, classNames, ids, labels, image } = (value ?? {}) as Dataset;
    return (
      typeof name === "string" &&
      Array.isArray(classNames) &&
      Array.isArray(ids) &&
      isLabels(labels) &&
      typeof image === "function"
    );
  },
  async mime(dataset) {
    const { name, description, classNames, ids, roles, synthetic, contentHash } = dataset;
    const strip = await stripOf(dataset);
    return summaryBundle({
      title: "Dataset",
      about: `${name}, ${countText(ids.length)} images in ${classNames.length} classes`,
      facts: {
        what: description,
        classes: classesText(dataset),
        roles: roles === undefined ? "" : rolesText(roles),
        images: synthetic ? "synthetic: drawn, not photographed" : "",
        content: `${contentHash.slice(0, 12)}…`,
      },
      picture: [classBars(dataset, "images"), strip.html].filter(part => part !== undefined).join("") || undefined,
      notes: [...(roles === undefined ? [] : roleNotes(roles)), ...strip.notes],
    });
  },
};

/** One image each of the first classes that have some, drawn small; images that cannot be read are told of. */
async function stripOf(dataset: Dataset): Promise<{ readonly html?: string; readonly notes: readonly string[] }> {
  const first = [...rowsByClass(dataset).entries()].filter(([, rows]) => rows.length > 0).slice(0, PICTURES);
  if (first.length === 0) return { notes: [] };
  try {
    const pictures = await Promise.all(
      first.map(async ([label, [row]]) => ({
        name: dataset.classNames[label],
        jpeg: await smallPicture(dataset, row),
      })),
    );
    return { html: picturesHtml(`an image of each of ${first.length} classes`, pictures), notes: [] };
  } catch (error) {
    return { notes: [`No pictures: ${(error as Error)?.message ?? error}`] };
  }
}

async function smallPicture(dataset: Dataset, row: number): Promise<Uint8Array> {
  const [{ thumbnail }, { default: sharp }] = await Promise.all([import("../images/canvas.js"), import("sharp")]);
  const { data, width, height, channels } = await thumbnail(await dataset.image(row), SIDE, { name: dataset.ids[row] });
  return sharp(data, { raw: { width, height, channels } }).jpeg({ quality: 85 }).toBuffer();
}
