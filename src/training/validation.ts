import { packedSigns } from "../codes/binarize.js";
import { bitStatistics } from "../codes/bit-statistics.js";
import type { PackedCodes } from "../codes/packed-codes.js";
import type { Engine } from "../compute/program.js";
import { takeRows } from "../core/arrays.js";
import { takeLabels } from "../core/take-labels.js";
import type { Unlabelled } from "../core/unlabelled.js";
import { cosineScores } from "../features/cosine.js";
import { Encoder } from "../hashing/encode.js";
import { modelGraph } from "../hashing/hash-model.js";
import { headShapes } from "../hashing/head.js";
import type { Head } from "../hashing/head-file.js";
import { evaluateScores } from "../metrics/evaluate.js";
import { tieAwareMAP } from "../metrics/mean-average-precision.js";
import type { Sides, SideWith } from "../ranking/side.js";
import type { ValidationRecord } from "./history.js";
import type { TrainingData } from "./training-data.js";
import type { TrainingPlan } from "./training-plan.js";

/** Judges a head by the validation rows. */
export interface Validator {
  validate(head: Head): Promise<ValidationRecord>;
  dispose(): Promise<void>;
}

/** Encodes the validation rows with a head and measures; undefined when there are none. */
export function openValidator(
  data: TrainingData,
  { head: config, form, config: { unlabelled } }: Pick<TrainingPlan, "head" | "form" | "config">,
  { engine }: { readonly engine: Engine },
): Validator | undefined {
  if (data.validation === undefined) return undefined;
  const [query, database] = [data.validation.query, data.validation.database].map(rows => ({
    ...rowsToEncode(data.features, rows),
    labels: takeLabels(data.labels, rows),
  }));
  const shapes = Object.entries(headShapes(config)).map(([name, shape]) => [name, { shape, data: NOTHING }] as const);
  const graph = modelGraph({ config, ...form, parameters: Object.fromEntries(shapes), beta: 1 });
  const encoder = new Encoder(engine, graph);
  return {
    async validate(head) {
      const { arrays } = modelGraph(head);
      const encodeSide = async ({ features, of, labels }: typeof query): Promise<EncodedSide> => {
        const relaxedCodes = await encoder.encode(arrays, features, of);
        return { relaxedCodes, codes: packedSigns(relaxedCodes), labels };
      };
      const sides = { queries: await encodeSide(query), database: await encodeSide(database) };
      const mAP =
        form.output === "embedding"
          ? await embeddingMAP(sides, { engine, unlabelled })
          : await tieAwareMAP(sides, { unlabelled });
      return { validationMAP: mAP, ...bitSummary(sides.database.codes) };
    },
    dispose: () => encoder.dispose(),
  };
}

/** Rows that are copied once for all epochs; of more, a copy would weigh what it saves. */
const COPIED_ROWS = 20_000;

/** Rows of features as `Encoder.encode` takes them. */
function rowsToEncode(
  features: TrainingData["features"],
  rows: Int32Array,
): { readonly features: TrainingData["features"]; readonly of?: Int32Array } {
  return rows.length > COPIED_ROWS ? { features, of: rows } : { features: takeRows(features, rows) };
}

type EncodedSide = SideWith<"relaxedCodes" | "codes" | "labels">;

/** Tie-aware mAP of real-valued embeddings ranked by cosine. */
async function embeddingMAP(
  sides: Sides<EncodedSide>,
  { engine, unlabelled }: { readonly engine: Engine; readonly unlabelled: Unlabelled },
): Promise<number> {
  const { queries, database } = sides;
  const cosine = await cosineScores(queries.relaxedCodes, database.relaxedCodes, { engine });
  const evaluated = evaluateScores(sides, cosine.scores, { block: cosine.block, unlabelled });
  return (await evaluated.finally(() => cosine.dispose())).mAP.all.tieAware;
}

/** Values of a graph of which only the shapes are used. */
const NOTHING = new Float32Array();

/** The bits of codes in two numbers, see `ValidationRecord`. */
export function bitSummary(codes: PackedCodes): Pick<ValidationRecord, "bitImbalance" | "bitCorrelation"> {
  const { bits } = codes;
  const { balance, correlation } = bitStatistics(codes);
  const sum = correlation.data.reduce((total, value) => total + Math.abs(value), 0) - bits; // 1 on the diagonal
  return {
    bitImbalance: balance.reduce((total, share) => total + Math.abs(share - 0.5), 0) / bits,
    bitCorrelation: bits > 1 ? sum / (bits * (bits - 1)) : 0,
  };
}
