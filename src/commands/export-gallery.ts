import { dirname, join } from "node:path";
import { openCodeBlocks } from "../codes/codes-file.js";
import { UsageError } from "../core/errors.js";
import { readCodesIds } from "../features/codes-sidecar.js";
import type { LargeDataFolder } from "../features/data-folder.js";
import { readLargeDataFolder } from "../features/data-folder.js";
import { readFeatureManifest } from "../features/feature-manifest.js";
import { lineBlocks } from "../features/ids-file.js";
import { unreadBeside } from "../features/unread-rows.js";
import type { HandoverGallery } from "../handover/handover-gallery.js";
import { checkCodesModel } from "./codes-model.js";
import type { ExportFlags } from "./export-flags.js";
import type { InputNotes } from "./input-notes.js";
import type { CodesFacts } from "./known-codes.js";
import { checkItems, lookAtCodes } from "./known-codes.js";

/** The gallery, and what could not be checked of it or was converted. */
interface FoundGallery extends InputNotes {
  readonly gallery: HandoverGallery;
}

/** Opens the codes to hand over, with the names and classes of their rows. @param bits of the model */
export async function galleryToHandOver(
  { model, data, codes }: Pick<ExportFlags, "model" | "data" | "codes">,
  bits: number,
): Promise<FoundGallery> {
  const file = codes ?? (await codesInside(data!, model));
  const known = await lookAtCodes(file, bits);
  await checkCodesModel(known, model);
  const { converted, sidecar } = known;
  const folder = data === undefined ? await folderAround(known) : await readLargeDataFolder(data);
  const { blocks } = await openCodeBlocks(file, { bits });
  const opened = { file, count: known.codes.count, bits, blocks };
  const unmade = sidecar === undefined ? [`${file} does not say which model made its codes`] : [];
  if (folder === undefined) {
    const gallery = {
      ...opened,
      ids: await idsBeside(known),
      unread: await unreadBeside(file),
      dataset: sidecar?.data?.dataset,
    };
    return { gallery, converted, unchecked: unmade };
  }
  const { idsFile, labels, classNames, failed, items } = folder;
  const gallery = { ...opened, ids: lineBlocks(idsFile), unread: failed, labels, classNames, dataset: items.dataset };
  return { gallery, converted, unchecked: [...unmade, ...checkItems(known, folder)] };
}

/** The codes that `extract --model` wrote into a data folder. */
async function codesInside(data: string, model: string): Promise<string> {
  const { manifest } = await readLargeDataFolder(data);
  if (manifest.codes !== undefined) return join(data, "codes.npy");
  throw new UsageError("say which codes are to be searched in", {
    file: data,
    expected: `--codes C.npy, as \`hashbook encode --model ${model} --data ${data} --out C.npy\` writes them`,
    actual: "--data of features alone",
  });
}

/** The data folder that codes lie in, where it is one of the same items. */
async function folderAround({ file, sidecar }: CodesFacts): Promise<LargeDataFolder | undefined> {
  const around = dirname(file);
  if (sidecar?.data === undefined || (await readFeatureManifest(around)) === undefined) return undefined;
  const folder = await readLargeDataFolder(around);
  const { contentHash, ids } = folder.items;
  return contentHash === sidecar.data.contentHash && ids === sidecar.data.ids ? folder : undefined;
}

async function idsBeside({ file, sidecar }: CodesFacts): Promise<readonly string[]> {
  const ids = sidecar === undefined ? undefined : await readCodesIds(file, sidecar);
  if (ids !== undefined) return ids;
  throw new UsageError("nothing beside these codes says what their rows are called", {
    file,
    expected: "--data DIR, the data folder whose rows they are",
  });
}
