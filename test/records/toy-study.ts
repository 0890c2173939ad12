import { join } from "node:path";
import { validationSplit } from "../../src/datasets/split.js";
import type { ExperimentData } from "../../src/experiments/experiment-data.js";
import type { Experiment } from "../../src/experiments/run-experiment.js";
import { runExperiment } from "../../src/experiments/run-experiment.js";
import { methodOf } from "../../src/methods/known-methods.js";
import { dataIdentity } from "../../src/records/data-identity.js";
import { openRunRecorder } from "../../src/records/open-run-recorder.js";
import { readStudy } from "../../src/records/read-study.js";
import type { FinishedRun } from "../../src/records/run-recorder.js";
import { writeStudyFile } from "../../src/records/study-file.js";
import type { StudyRecord } from "../../src/records/study-record.js";
import { writeStudyRows } from "../../src/records/study-rows.js";
import type { TrainSettings } from "../../src/training/train-config.js";
import { toyExperiment } from "../experiments/toy-experiment.js";

/** The toy experiment with eight train rows held out. */
export function toyStudyData(): ExperimentData {
  const { featureSet, split } = toyExperiment();
  const dataset = { name: "toy", classNames: ["a", "b", "c", "d"], labels: featureSet.labels };
  return { featureSet, split, validation: validationSplit(dataset, split, { fraction: 0.1 }) };
}

/** Settings of a run that takes a moment. */
export function toySettings(method: string, bits: number, seed: number): TrainSettings {
  const quick = { epochs: 3, batch: 20, hidden: [8] };
  return { method, bits, seed, ...(methodOf(method).kind === "trained" ? quick : {}) };
}

/** What a recorder gets of an experiment. */
export function finishedRun(name: string, data: ExperimentData, experiment: Experiment): FinishedRun {
  const { record, model, folder } = experiment;
  const { kind, config, features, trainSeconds, encodeSeconds, engine, environment, date } = record;
  const { method, title, colour, bits, seed = 0 } = record;
  const output = "output" in model && model.output === "embedding" ? "embedding" : "codes";
  const validationMAP = record.epochs.at(-1)?.validationMAP;
  return {
    record: {
      ...{
        name,
        title,
        bits,
        seed,
        output,
        kind,
        config,
        features,
        trainSeconds,
        encodeSeconds,
        engine,
        environment,
        date,
      },
      ...(colour === undefined ? {} : { colour }),
      key: folder.slice(folder.lastIndexOf(`${method}-${bits}-`) + `${method}-${bits}-`.length),
      data: dataIdentity(data),
      threads: 1,
    },
    result: record,
    ...(validationMAP === undefined ? {} : { validationMAP }),
    experiment: folder,
  };
}

/**
 * A finished study of toy data, made by real trainings in about a second: DCH and LSH, 8 and 16 bits, seeds 0 and 1.
 * @param folder a temporary one: the study is `studies/toy` in it, the experiments `experiments`
 */
export async function toyStudy(
  folder: string,
  options: {
    readonly methods?: readonly string[];
    readonly bits?: readonly number[];
    readonly seeds?: readonly number[];
  } = {},
): Promise<StudyRecord> {
  const { methods = ["dch", "lsh"], bits: lengths = [8, 16], seeds = [0, 1] } = options;
  const data = toyStudyData();
  const study = join(folder, "studies", "toy");
  const settings = methods.flatMap(method =>
    lengths.flatMap(bits => seeds.map(seed => toySettings(method, bits, seed))),
  );
  const nameOf = ({ method, bits, seed }: TrainSettings): string => `${method}-${bits}-s${seed}`;
  const identity = dataIdentity(data);
  await writeStudyRows(study, identity, { ...data, labels: data.featureSet.labels, ids: idsOf(identity.rows) });
  await writeStudyFile(study, {
    id: "toy",
    date: "2026-01-01T00:00:00.000Z",
    sweeps: [{ methods, bits: lengths, seeds }],
    asked: settings.map(nameOf),
    data: identity,
    origin: { kind: "given" },
    protocol: { words: data.split.protocol },
  });
  for (const one of settings) {
    const recorder = await openRunRecorder(study, nameOf(one));
    const onEpoch: Parameters<typeof runExperiment>[2] = { onEpoch: (epochs, steps) => recorder.course(epochs, steps) };
    const experiment = await runExperiment(data, one, { folder: join(folder, "experiments"), ...onEpoch });
    await recorder.finish(finishedRun(nameOf(one), data, experiment));
  }
  return readStudy(study);
}

function idsOf(rows: number): string[] {
  return Array.from({ length: rows }, (_, row) => `item-${row}`);
}
