import { binarize } from "../codes/binarize.js";
import { bitBalance, bitCorrelation } from "../codes/bit-statistics.js";
import type { PackedCodes } from "../codes/packed-codes.js";
import { packCodes } from "../codes/packed-codes.js";
import type { Engine } from "../compute/program.js";
import { takeRows } from "../core/arrays.js";
import { takeLabels } from "../core/take-labels.js";
import { Encoder } from "../hashing/encode.js";
import type { HeadConfig } from "../hashing/head.js";
import type { Head } from "../hashing/head-file.js";
import { evaluateCodes } from "../metrics/evaluate.js";
import type { SideWith } from "../ranking/side.js";
import type { ValidationRecord } from "./history.js";
import type { TrainingData } from "./training-data.js";

/** Judges a head by the validation rows. */
export interface Validator {
  validate(head: Omit<Head, "config">): Promise<ValidationRecord>;
  dispose(): Promise<void>;
}

/** Encodes the validation rows with a head and measures; undefined when there are none. */
export function openValidator(engine: Engine, config: HeadConfig, data: TrainingData): Validator | undefined {
  if (data.validation === undefined) return undefined;
  const [query, database] = [data.validation.query, data.validation.database].map(rows => ({
    features: takeRows(data.features, rows),
    labels: takeLabels(data.labels, rows),
  }));
  const encoder = new Encoder(engine, config);
  return {
    async validate(head) {
      const encoded = async ({ features, labels }: typeof query): Promise<SideWith<"codes" | "labels">> => {
        return { codes: packCodes(binarize(await encoder.encode(head, features))), labels };
      };
      const sides = { queries: await encoded(query), database: await encoded(database) };
      const { mAP } = await evaluateCodes(sides);
      return { validationMAP: mAP.all.tieAware, ...bitSummary(sides.database.codes) };
    },
    dispose: () => encoder.dispose(),
  };
}

/** The bits of codes in two numbers, see `ValidationRecord`. */
export function bitSummary(codes: PackedCodes): Pick<ValidationRecord, "bitImbalance" | "bitCorrelation"> {
  const { bits } = codes;
  const shares = bitBalance(codes);
  const { data } = bitCorrelation(codes); // (bits, bits), 1 on the diagonal
  const sum = data.reduce((total, value) => total + Math.abs(value), 0) - bits;
  return {
    bitImbalance: shares.reduce((total, share) => total + Math.abs(share - 0.5), 0) / bits,
    bitCorrelation: bits > 1 ? sum / (bits * (bits - 1)) : 0,
  };
}
