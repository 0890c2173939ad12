import { writeOutput } from "../core/output-files.js";
import { checkOverwritesNothing } from "../core/overwriting.js";
import { backboneOf } from "../embedding/model-backbone.js";
import { checkExport } from "../hashing/check-export.js";
import { exportModel } from "../hashing/export-model.js";
import { modelGraph } from "../hashing/hash-model.js";
import type { ExportFlags } from "./export-flags.js";
import { openModel } from "./model-option.js";
import { filesOfModel } from "./read-files.js";

/** Writes one ONNX file, which takes the middle of a picture. */
export async function exportFile(flags: ExportFlags): Promise<void> {
  const { model, out, batch, json } = flags;
  const { backbone: network, weights, method } = flags;
  await checkOverwritesNothing(
    { "--out": out },
    { "--model": filesOfModel(model), "--backbone": network, "--weights": weights, "--method": method },
  );
  const made = await openModel(model, flags.method);
  const opened = await backboneOf(model, flags);
  const { views = "centre", ...oneView } = opened.preprocessing;
  if (views !== "centre") {
    const trained = typeof views === "string" ? views : "random views";
    process.stderr.write(
      `the model was trained on features of ${trained}; the file takes one picture, the centre crop (a folder's takes all: --out DIR)\n`,
    );
  }
  const backbone = { ...opened, preprocessing: oneView };
  const exported = exportModel(backbone, made, { batch });
  const { bytes, nodes } = exported;
  const isJoined = backbone.graph !== undefined;
  if (backbone.quantization !== undefined) {
    process.stderr.write(
      "the file computes in int8: on x86 processors without VNNI onnxruntime needs the session option\n" +
        "session.x64quantprecision = 1, without which sums of products overflow there\n",
    );
  }
  const difference = isJoined ? { difference: await checkExport(exported, backbone, made) } : {};
  await writeOutput(out, bytes);
  const { bits } = modelGraph(made);
  const precision = backbone.quantization?.precision ?? "fp32";
  const report = { out, backbone: backbone.name, precision, bits, batch, bytes: bytes.length, nodes, ...difference };
  const checked = isJoined ? "; checked on noise: the codes of backbone and head one after the other" : "";
  const text = `wrote ${out}: ${backbone.name}, ${bits} bits, ${(bytes.length / 1e6).toFixed(1)} MB${checked}`;
  process.stdout.write(`${json ? JSON.stringify(report) : text}\n`);
}
