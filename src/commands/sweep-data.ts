import type { Command } from "commander";
import { Option } from "commander";
import type { Precision } from "../compute/quantization.js";
import { PRECISIONS } from "../compute/quantization.js";
import { InputError, UsageError } from "../core/errors.js";
import { runsPath } from "../core/paths.js";
import type { StudyOptions } from "../experiments/study.js";
import type { SweptData } from "../sweeps/open-swept-study.js";
import type { ListFlags } from "./list-options.js";
import { addListOptions, listOptionsOf } from "./list-options.js";
import { numberAbove, wholeNumber } from "./numbers.js";

/** Flags by which the data of a study is named. */
export interface SweepDataFlags extends ListFlags {
  data?: string;
  validation?: number;
  dataset?: string;
  backbone?: string;
  precision?: Precision;
  root?: string;
  splitSeed?: number;
  unseenClasses?: number;
  smoke: boolean;
  /** Of a study's file, instead of flags: what `openStudy` is given. */
  opened?: StudyOptions;
}

/** Adds the flags of the data. */
export function addSweepDataOptions(command: Command): Command {
  return addListOptions(
    command
      .option("--data <folder>", "data folder of `extract`, with roles")
      .option(
        "--validation <x>",
        "with --data: share of the train rows to validate with, 0 for none; default 0.05",
        shareOption,
      )
      .option("--dataset <name>", "instead of --data: a dataset or protocol, opened as the notebooks' openStudy does")
      .option("--backbone <name>", "with --dataset: network, or an .onnx file; default efficientnet-lite0")
      .addOption(
        new Option(
          "--precision <name>",
          "with --dataset: int8 computes features in 8-bit integers, on the CPU; default: fp32",
        ).choices(PRECISIONS),
      )
      .option("--root <path>", "with --dataset: where it is, when not at its usual place")
      .option("--split-seed <n>", "with --dataset: of the split; default 0", wholeNumber(0))
      .option(
        "--unseen-classes <n>",
        "with --dataset: search among so many classes that training never sees",
        wholeNumber(2),
      )
      .option("--smoke", "with --dataset: 40 images a class, to see that everything works", false),
  );
}

/** 0 is none held out. */
function shareOption(text: string): number {
  return text.trim() === "0" ? 0 : numberAbove(0, 0.9)(text);
}

/** Flags that need --dataset. */
const OF_DATASETS: readonly (keyof SweepDataFlags)[] = [
  ...([
    "backbone",
    "precision",
    "root",
    "splitSeed",
    "unseenClasses",
    "images",
    "lists",
    "stripPrefix",
    "classNames",
  ] as const),
];

/**
 * Refuses a study that was begun on another dataset before that is opened, which can take minutes; `sweep` itself compares
 * what was opened.
 * @param name of the study; undefined: it has none yet
 * @throws {InputError} when the names of the datasets differ, or one is whole and the other a sample
 */
export async function checkBegunOn(name: string | undefined, { dataset, smoke }: SweepDataFlags): Promise<void> {
  if (name === undefined || dataset === undefined) return;
  const folder = runsPath("studies", name);
  const { readStudyFile } = await import("../records/study-file.js");
  const origin = (await readStudyFile(folder))?.origin;
  if (origin?.kind !== "study") return;
  const text = (one: string, isSample: boolean): string => (isSample ? `${one} --smoke` : one);
  const [begun, asked] = [text(origin.options.dataset, origin.options.smoke ?? false), text(dataset, smoke)];
  if (begun === asked) return;
  throw new InputError("there is a study of this name, of other data", {
    file: folder,
    expected: `${begun}, or another --name`,
    actual: asked,
  });
}

/** Opens what the command line names. @throws {UsageError} when it names no data, or two */
export async function openSweepData(flags: SweepDataFlags): Promise<SweptData> {
  const { data, dataset, validation, opened } = flags;
  if (opened !== undefined) return openDatasetStudy(opened);
  if ((data === undefined) === (dataset === undefined)) {
    throw new UsageError("say what to learn from", { expected: "--data, a folder of `extract`; or --dataset, a name" });
  }
  if (data !== undefined) {
    const stray = OF_DATASETS.find(name => flags[name] !== undefined);
    if (stray !== undefined || flags.smoke) throw new UsageError(`${stray ?? "smoke"} goes with --dataset alone`);
    const { openFolderData } = await import("../experiments/folder-data.js");
    return openFolderData(data, { validation });
  }
  if (validation !== undefined) throw new UsageError("--validation goes with --data: a dataset has 0.05");
  return openNamedData(dataset!, flags);
}

async function openNamedData(dataset: string, flags: SweepDataFlags): Promise<SweptData> {
  const { backbone, precision, root, splitSeed: seed, unseenClasses, smoke } = flags;
  const { missing: _, ...lists } = listOptionsOf(flags);
  const given = { dataset, backbone, precision, root, seed, unseenClasses, ...(smoke ? { smoke } : {}), ...lists };
  const asked = Object.entries(given).filter(([, value]) => value !== undefined);
  return openDatasetStudy(Object.fromEntries(asked) as unknown as StudyOptions);
}

/** A dataset, or the protocol of its name, by whose headline it is measured then. */
async function openDatasetStudy(options: StudyOptions): Promise<SweptData> {
  const { terminalProgress } = await import("../notebook/progress.js");
  const { findProtocol } = await import("../protocols/known-protocols.js");
  const watched = { ...options, onProgress: terminalProgress() };
  if (findProtocol(options.dataset) === undefined) {
    const { openStudy } = await import("../experiments/study.js");
    return openStudy(watched);
  }
  const { openProtocolStudy } = await import("../experiments/protocol-study.js");
  const study = await openProtocolStudy(watched);
  for (const sentence of [study.notice, ...study.differs]) process.stderr.write(`${sentence}\n`);
  return study;
}
