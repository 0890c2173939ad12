import type { Engine } from "../compute/program.js";
import type { Split } from "../datasets/split.js";
import type { FeatureSet } from "../features/extract.js";
import type { MeasuredBy } from "../protocols/headline-rule.js";

/** What is trained on and judged with. */
export interface ExperimentData {
  readonly featureSet: Pick<FeatureSet, "features" | "labels" | "manifest">;
  /** Rows by role; the queries are seen by the evaluation only. */
  readonly split: Split;
  /** Rows held out of the train rows to watch the training with. Default: train on all train rows, do not watch. */
  readonly validation?: Split;
  /** What computes, where the options name no other. Default: the best that is there. */
  readonly engine?: Engine;
  /** Whose headline is measured too, where the options name no other. Default: none. */
  readonly protocol?: MeasuredBy;
}
