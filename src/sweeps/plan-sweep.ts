import { InputError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import { checkMeasures } from "../metrics/evaluate-options.js";
import { headlineRule } from "../protocols/headline-rule.js";
import { mlflowServer } from "../records/mlflow-client.js";
import type { StudyPlace, SweptData } from "./open-swept-study.js";
import { placeOfStudy } from "./open-swept-study.js";
import type { PlannedCell } from "./sweep-cells.js";
import { checkCellsWithData, sweepCells } from "./sweep-cells.js";
import type { SweepOptions } from "./sweep-options.js";
import { DEFINITION_FIELDS } from "./sweep-options.js";
import type { SweptMethod } from "./swept-method.js";
import { openMethods } from "./swept-method.js";

/** What a sweep is asked for, all of it checked. */
export interface AskedSweep {
  readonly methods: readonly SweptMethod[];
  /** In the order asked for. */
  readonly cells: readonly PlannedCell[];
  readonly options: SweepOptions;
}

/**
 * Checks what a sweep is asked for with its data, and says where its study is, or will be. Nothing is written.
 * @throws {InputError} as `sweep`
 */
export async function planSweep(
  data: SweptData,
  options: SweepOptions,
): Promise<AskedSweep & { readonly place: StudyPlace }> {
  checkOptions(data, options);
  const methods = await openMethods(options.methods);
  const cells = sweepCells(methods, options, data);
  checkCellsWithData(data, cells);
  const asked = { methods, cells, options };
  return { ...asked, place: placeOfStudy(data, asked) };
}

const OPTIONS: Readonly<Record<keyof SweepOptions, true>> = {
  ...DEFINITION_FIELDS,
  name: true,
  folder: true,
  workers: true,
  select: true,
  cosine: true,
  onState: true,
  mlflow: true,
  shard: true,
  collect: true,
  signal: true,
  protocol: true,
  metrics: true,
  cutoffs: true,
  allowSeen: true,
  unlabelled: true,
  dropQueriesFromDatabase: true,
};

/** A slip in a name would run another study than was meant. */
function checkOptions(data: SweptData, options: SweepOptions): void {
  const unknown = Object.keys(options).find(name => !Object.hasOwn(OPTIONS, name));
  if (unknown !== undefined) {
    const expected = knownNames(unknown, Object.keys(OPTIONS));
    throw new InputError(`unknown option "${unknown}" of a sweep`, { expected });
  }
  const { workers = 1, select = false, cutoffs, metrics, protocol, mlflow } = options;
  if (!(Number.isSafeInteger(workers) && workers >= 1)) {
    throw new InputError("a sweep needs workers", { expected: "a whole number of at least 1", actual: `${workers}` });
  }
  checkMeasures({ cutoffs, metrics });
  if (protocol !== undefined) headlineRule(protocol);
  if (mlflow !== undefined) mlflowServer(mlflow);
  if (select && data.validation === undefined) {
    throw new InputError("nothing is there to choose settings by", {
      expected: "validation rows, held out of the train rows (of a data folder: a share of them, --validation 0.05)",
    });
  }
}
