import { UsageError } from "../core/errors.js";
import type { SweepDefinition } from "../sweeps/sweep-options.js";
import { asFlags } from "./option-flag.js";
import type { SweepDataFlags } from "./sweep-data.js";
import type { SweepFile } from "./sweep-file.js";

/** Flags that say what is run. */
export interface SweepStudyFlags {
  multirun?: readonly string[];
  file?: string;
  random?: number;
  randomSeed: number;
}

/**
 * What the command line asks for, by words or by a file, checked before the data is opened, which may take long.
 * @throws {UsageError} when it asks for nothing, for both, or by words for what there is not
 * @throws {InputError} for what is wrong in a file
 */
export async function studyOfFlags({ multirun, file, random, randomSeed }: SweepStudyFlags): Promise<SweepFile> {
  if ((multirun === undefined) === (file === undefined)) {
    throw new UsageError("say what is to be run", {
      expected: "-m method=hashnet,dch bits=16,32 seed=0..2; or --file study.json",
    });
  }
  const drawn = random === undefined ? {} : { random: { draws: random, seed: randomSeed } };
  if (file !== undefined) {
    const { readSweepFile } = await import("./sweep-file.js");
    const study = { ...(await readSweepFile(file)), ...drawn };
    await checkSettings(study);
    return study;
  }
  return asFlags(async () => {
    const { definitionOfWords } = await import("../sweeps/sweep-words.js");
    const study = { ...(await definitionOfWords(multirun!)), ...drawn };
    await checkSettings(study);
    return study;
  });
}

async function checkSettings(definition: SweepDefinition): Promise<void> {
  const { openMethods } = await import("../sweeps/swept-method.js");
  const { sweepCells } = await import("../sweeps/sweep-cells.js");
  sweepCells(await openMethods(definition.methods), definition);
}

/** The data of the flags, else that of the file. */
export function dataFlagsOf(flags: SweepDataFlags, { data }: Pick<SweepFile, "data">): SweepDataFlags {
  if (data === undefined || flags.data !== undefined || flags.dataset !== undefined) return flags;
  if ("folder" in data) return { ...flags, data: data.folder, validation: flags.validation ?? data.validation };
  return { ...flags, opened: data };
}
