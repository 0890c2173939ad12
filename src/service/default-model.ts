import { join } from "node:path";
import { codesFromArray } from "../codes/codes-file.js";
import { readNpy } from "../core/npy.js";
import type { ProgressListener } from "../core/progress.js";
import { computeExperiment } from "../experiments/compute-experiment.js";
import { planExperiment } from "../experiments/plan-experiment.js";
import type { StudyPlaces } from "../experiments/study.js";
import { openStudy } from "../experiments/study.js";
import { loadModel } from "../methods/model-file.js";
import { trainConfig } from "../training/train-config.js";
import { modelTitle } from "./model-title.js";
import type { OpenedSources, OpeningOptions } from "./opened-sources.js";

/** What is served of a dataset when no model is named. */
export const DEFAULT_DATASET = "fashion-mnist-10k";

/** As in the notebook on HashNet: who has run it has trained this model. */
const [METHOD, BITS, EPOCHS] = ["hashnet", 48, 30] as const;

/** fashion-mnist-10k on two cores: 183 s. */
const LONG_WORK = `features of the pictures and a model (${METHOD}, ${BITS} bits) are made now, once, and kept: for 10,000 \
pictures about three minutes on two cores, in proportion for more; it listens afterwards, and in seconds the next time`;

/**
 * A model of a dataset: features and a training that are made the first time and found by what they are afterwards.
 * @param places where the dataset is, when not at its usual place
 * @throws as `openStudy` and `runExperiment`
 */
export async function openDefaultModel(
  dataset: string,
  places: StudyPlaces,
  { onProgress, signal, onLongWork }: OpeningOptions = {},
): Promise<OpenedSources> {
  let isTold = false;
  const tell = (): void => {
    if (!isTold) onLongWork?.(LONG_WORK);
    isTold = true;
  };
  const watch: ProgressListener = progress => {
    if (progress.done < progress.total) tell(); // what is there already is not made
    onProgress?.(progress);
  };
  const study = await openStudy({ dataset, ...places, seed: 0, onProgress: watch, signal });
  const settings = { ...trainConfig(METHOD, BITS), epochs: EPOCHS, seed: 0 };
  const { folder } = await computeExperiment(study, await planExperiment(study, settings), {
    onProgress: watch,
    signal,
  });
  const model = await loadModel(folder);
  const codes = codesFromArray(await readNpy(join(folder, "codes.npy")), { file: join(folder, "codes.npy") });
  const opened = {
    id: `${METHOD}-${BITS}`,
    title: modelTitle(METHOD, BITS),
    method: METHOD,
    ...{ model, codes, backbone: study.backbone, features: study.featureSet.features },
  };
  return { items: study.dataset, failed: [], models: [opened], notes: [] };
}
