import type { Engine } from "../compute/program.js";
import { UsageError } from "../core/errors.js";
import type { AnyOptions, FittedMethod } from "../methods/method.js";
import { PAPER } from "../training/presets.js";
import { optionsGroup } from "../training/train-config.js";
import { inputLines } from "./input-notes.js";
import { asFlags } from "./option-flag.js";
import type { TrainFlags } from "./train-flags.js";
import { TRAINING_FLAGS } from "./train-flags.js";
import { modelSeen, rowsNote, rowsToTrainOn } from "./train-rows.js";
import { earlierText, hashOfEarlier, standingOf } from "./trained-folder.js";

/** A method without a loss: fitted to the rows that would be trained on. */
export async function fitFlags(flags: TrainFlags, method: FittedMethod<AnyOptions>): Promise<void> {
  const given = [...TRAINING_FLAGS, "validation", "validateEvery", "itq", "config"].filter(
    name => name !== "seed" && name !== "unlabelled" && flags[name as keyof TrainFlags] !== undefined,
  );
  if (flags.seeds > 1) given.push("seeds");
  if (flags.preset !== PAPER) given.push("preset");
  if (flags.resume) given.push("resume");
  if (given.length > 0) {
    throw new UsageError(`${method.name} is fitted, not trained`, {
      expected: "--bits, --seed, --unlabelled and --set with its own options",
      actual: given.join(", "),
    });
  }
  const { fitConfig, fitMethod } = await import("../training/fit-method.js");
  const { openEngine } = await import("../compute/engine.js");
  const { fittedDescription, saveModel } = await import("../methods/model-file.js");
  const { CARD_FILE, modelCard } = await import("../records/model-card.js");
  const { collectFeatures } = await import("../features/feature-rows.js");
  const { takeLabels } = await import("../core/take-labels.js");
  const { readTrainingItems } = await import("./training-data.js");
  const { bits, seed = 0, unlabelled = "drop", set, out } = flags;
  const { [method.name]: own, ...rest } = set;
  const settings = await asFlags(() => {
    const asked = { method, bits, seed, options: { ...rest, ...optionsGroup(method.name, own, {}) } };
    fitConfig(asked);
    return asked;
  });
  const items = await readTrainingItems(flags, unlabelled);
  const rows = await rowsToTrainOn(flags, items);
  const engine: Engine = await openEngine({ engine: flags.engine, threads: flags.threads });
  const fit = { labels: takeLabels(items.labels, rows), engine };
  const { model, config, seconds } = await fitMethod(
    await collectFeatures(items.features, { of: rows }),
    settings,
    fit,
  );
  const learned = { classes: { trained: rows }, features: { fitted: rows } }[method.learnsFrom ?? "features"];
  const madeBy = { config, engine: engine.name, seconds, ...modelSeen(flags, items, method, learned) };
  const before = await hashOfEarlier(out);
  await saveModel(out, model, madeBy, { [CARD_FILE]: modelCard(fittedDescription(model, madeBy), { method }) });
  const earlier = await standingOf(out, before);
  const { unchecked, converted } = items;
  const { document: noted, lines } = rowsNote(items, unlabelled);
  const text = [
    `fitted ${method.name} ${bits} bits to ${rows.length} rows, ${seconds.toFixed(1)} s, in ${out}${earlierText(earlier)}`,
    ...lines,
    ...inputLines(items),
  ];
  const document = {
    engine: engine.name,
    out,
    rows: rows.length,
    seconds,
    config,
    earlier,
    ...noted,
    unchecked,
    converted,
  };
  process.stdout.write(`${flags.json ? JSON.stringify(document) : text.join("\n")}\n`);
}
