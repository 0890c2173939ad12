import { countText } from "../core/size-text.js";
import { overlapText } from "../datasets/split-overlaps.js";
import { METHOD_NAMES } from "../methods/known-methods.js";
import { codeMeasures, embeddingMeasures } from "./card-measures.js";
import type { ModelCardOptions } from "./model-card.js";
import { writeModelCard } from "./model-card.js";
import { readRunOutput } from "./run-outputs.js";
import type { Run } from "./run-record.js";
import { readStudyRows } from "./study-rows.js";

/**
 * Writes MODEL.md of a run into its folder, where its model and its output are. One that is not judged by the queries is
 * not judged for its card either.
 * @param study folder of its study
 */
export async function writeRunCard(study: string, run: Pick<Run, "folder" | "record" | "result">): Promise<void> {
  const { title, output, config } = run.record;
  const source = "a method of one's own";
  await writeModelCard(run.folder, {
    ...(METHOD_NAMES.includes(config.method) ? {} : { method: { title, output, source } }),
    ...(run.result === undefined ? {} : { judged: await judgedRun(study, run) }),
  });
}

async function judgedRun(
  study: string,
  run: Pick<Run, "folder" | "record">,
): Promise<NonNullable<ModelCardOptions["judged"]>> {
  const { labels, split } = await readStudyRows(study, run.record.data);
  const output = await readRunOutput(run);
  const { unlabelled } = run.record.config;
  const measures =
    output.kind === "codes"
      ? await codeMeasures(output.codes, { labels, split }, { unlabelled })
      : await embeddingMeasures(output.values, { labels, split }, { unlabelled });
  const { query, database, protocol } = split;
  const overlaps = overlapText(split);
  const rows = `${countText(query.length)} queries in a database of ${countText(database.length)} items: ${protocol}`;
  return { about: `${rows}${overlaps === undefined ? "" : `; overlapping roles: ${overlaps}`}.`, measures };
}
