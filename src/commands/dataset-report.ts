import type { ClassSizes } from "../datasets/class-sizes.js";
import { classSizes } from "../datasets/class-sizes.js";
import type { Dataset, DatasetSummary } from "../datasets/dataset.js";
import { datasetSummary } from "../datasets/dataset.js";
import type { CountCheck } from "../datasets/digix-counts.js";
import { digixCounts } from "../datasets/digix-counts.js";
import type { ListFindings } from "../datasets/list-findings.js";
import type { Oddity } from "../datasets/oddities.js";
import type { PassedOver } from "../datasets/passed-over.js";
import type { ProtocolCheck } from "../protocols/check-protocol.js";
import { checkProtocol } from "../protocols/check-protocol.js";
import { findProtocol } from "../protocols/known-protocols.js";
import type { CheckedImages, CheckOptions } from "./checked-images.js";
import { checkImages } from "./checked-images.js";
import type { NamedLeaks } from "./dataset-leaks.js";
import type { DatasetSplits } from "./split-counts.js";
import { splitsOf } from "./split-counts.js";

/** What `hashbook dataset --json` prints. */
export interface DatasetReport extends DatasetSummary, DatasetSplits {
  readonly sizes: ClassSizes;
  /** Sizes that are known of the official data. Absent: none are. */
  readonly counts?: readonly CountCheck[];
  /** Products that were made one. Absent: none was. */
  readonly mergedProducts?: readonly (readonly string[])[];
  readonly oddities: readonly Oddity[];
  readonly passedOver: readonly PassedOver[];
  readonly checked: CheckedImages;
  readonly leaks?: readonly NamedLeaks[];
  /** What the lists say that it was made from. */
  readonly listed?: ListFindings;
  /** How it stands to the named protocol that it was opened by. */
  readonly protocol?: ProtocolCheck;
}

/** Counts and checks a dataset. */
export async function datasetReport(dataset: Dataset, options: CheckOptions): Promise<DatasetReport> {
  const summary = datasetSummary(dataset);
  const counts = digixCounts(dataset);
  const { mergedProducts } = dataset;
  return {
    ...summary,
    ...(counts.length === 0 ? {} : { counts }),
    ...(mergedProducts === undefined ? {} : { mergedProducts }),
    sizes: classSizes(summary.perClass.map(one => one.images)),
    oddities: dataset.oddities ?? [],
    passedOver: dataset.passedOver ?? [],
    ...(dataset.listed === undefined ? {} : { listed: dataset.listed }),
    ...protocolOf(dataset),
    checked: await checkImages(dataset, options),
    ...(await splitsOf(dataset)),
  };
}

function protocolOf(dataset: Dataset): Pick<DatasetReport, "protocol"> {
  const { roles } = dataset;
  const protocol = findProtocol(roles?.name);
  return protocol === undefined ? {} : { protocol: checkProtocol(protocol, { ...dataset, roles: roles! }) };
}
