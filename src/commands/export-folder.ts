import { UsageError } from "../core/errors.js";
import { checkOverwritesNothing } from "../core/overwriting.js";
import { countText } from "../core/size-text.js";
import { backboneOf } from "../embedding/model-backbone.js";
import { preprocessDocument } from "../handover/preprocess-file.js";
import { handoverFiles, writeHandover } from "../handover/write-handover.js";
import { checkExport } from "../hashing/check-export.js";
import { exportModel } from "../hashing/export-model.js";
import { givesCodes, modelGraph } from "../hashing/hash-model.js";
import { readHeadDescription } from "../hashing/head-file.js";
import { modelNames } from "../methods/model-names.js";
import { stopOnSignal } from "./abort-on-signal.js";
import type { ExportFlags } from "./export-flags.js";
import { galleryToHandOver } from "./export-gallery.js";
import { inputLines } from "./input-notes.js";
import { openModel } from "./model-option.js";
import { filesOfCodes, filesOfData, filesOfModel } from "./read-files.js";

/** Writes a folder that finds pictures without hashbook. */
export async function exportFolder(flags: ExportFlags): Promise<void> {
  const { model, out, json, data, codes } = flags;
  const { backbone: network, weights, method } = flags;
  const inputs = { "--data": filesOfData(data), "--codes": filesOfCodes(codes), "--model": filesOfModel(model) };
  await checkOverwritesNothing(
    { "--out": [out, ...handoverFiles(out)] }, // also where it is a file that is read
    { ...inputs, "--backbone": network, "--weights": weights, "--method": method },
  );
  const made = await openModel(model, method);
  const asked = data !== undefined || codes !== undefined;
  if (asked && !givesCodes(made)) {
    throw new UsageError("the model gives real values, no codes, so nothing can be found by Hamming distance", {
      expected: "a model of a method whose output is codes; without --data and --codes the folder has the model alone",
    });
  }
  const { bits } = modelGraph(made);
  const found = asked ? await galleryToHandOver(flags, bits) : undefined;
  const backbone = await backboneOf(model, flags);
  const exported = exportModel(backbone, made, { views: "all" });
  const isJoined = backbone.graph !== undefined;
  const difference = isJoined ? { difference: await checkExport(exported, backbone, made) } : {};
  const description = await readHeadDescription(model);
  const handover = {
    model: exported.bytes,
    names: { ...modelNames(description), bits },
    backbone,
    preprocess: preprocessDocument(backbone),
    ...(found === undefined ? {} : { gallery: found.gallery }),
  };
  const work = async (signal: AbortSignal): Promise<true> => {
    await writeHandover(out, handover, { signal });
    return true;
  };
  if ((await stopOnSignal(work, "nothing of the folder is written")) === undefined) return;
  const { count = 0, unread = [] } = found?.gallery ?? {};
  const notes = { unchecked: found?.unchecked ?? [], converted: found?.converted ?? [] };
  const precision = backbone.quantization?.precision ?? "fp32";
  const items = count - unread.length;
  const facts = { out, backbone: backbone.name, precision, bits, bytes: exported.bytes.length, items };
  const document = { ...facts, unread: unread.length, ...difference, ...notes };
  const gallery = found === undefined ? "the model alone" : `codes of ${countText(items)} pictures`;
  const left = unread.length === 0 ? "" : `; ${countText(unread.length)} that could not be read are left out`;
  const text = `wrote ${out}: ${backbone.name}, ${bits} bits, ${(exported.bytes.length / 1e6).toFixed(1)} MB, ${gallery}${left}; README.md says how to search with it in Python`;
  process.stdout.write(`${json ? JSON.stringify(document) : [text, ...inputLines(notes)].join("\n")}\n`);
}
