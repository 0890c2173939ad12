import type { Display } from "../core/display.js";
import { countText } from "../core/size-text.js";
import type { Dataset } from "../datasets/dataset.js";
import { rowsByClass } from "../datasets/dataset.js";
import { classBars, classesText, isLabels, roleNotes, rolesText } from "./class-facts.js";
import { pictureHtml } from "./small-pictures.js";
import { summaryBundle } from "./summary.js";

/** Pictures in the strip, of a class each where there are enough. */
const PICTURES = 10;

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
  const byClass = rowsByClass(dataset).filter(rows => rows.length > 0);
  const rows = byClass.slice(0, PICTURES).map(([row]) => row);
  if (rows.length === 0) return { notes: [] };
  try {
    const [{ contactSheet }, { jpegOf }] = await Promise.all([
      import("../images/contact-sheet.js"),
      import("../images/jpeg.js"),
    ]);
    const images = await Promise.all(rows.map(row => dataset.image(row)));
    const sheet = await jpegOf(await contactSheet(images, { columns: 5, size: 44, gap: 4 }));
    return { html: pictureHtml(`an image of each of ${rows.length} classes`, sheet, "image/jpeg"), notes: [] };
  } catch (error) {
    return { notes: [`No pictures: ${(error as Error)?.message ?? error}`] };
  }
}
