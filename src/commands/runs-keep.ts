import { join } from "node:path";
import { Command } from "commander";

const EXAMPLES = `
Examples:
  $ hashbook runs keep gamma
  $ hashbook runs keep gamma --to paper/records --replace

Copies a study, to be committed: all of its finished runs but their models (head.safetensors, head.json) and the files of
TensorBoard and DVC, which say again what is in metrics.csv. What is kept is
listed, compared and reproduced as any study is.`;

interface KeepFlags {
  to?: string;
  replace: boolean;
  json: boolean;
}

/** `hashbook runs keep`: a study for good. */
export function runsKeepCommand(): Command {
  return new Command("keep")
    .description("copy a study without its models, to be committed")
    .argument("<study>", "its id, or its folder")
    .option("--to <folder>", "where kept studies are; default: records")
    .option("--replace", "in the place of one of that name", false)
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(keep);
}

async function keep(id: string, { to: asked, replace, json }: KeepFlags): Promise<void> {
  const { homeFolder } = await import("../core/paths.js");
  const { checkOverwritesNothing } = await import("../core/overwriting.js");
  const { readStudy } = await import("../records/read-study.js");
  const { keepStudy } = await import("../records/keep-study.js");
  const study = await readStudy(id);
  const to = asked ?? join(homeFolder(), "records");
  await checkOverwritesNothing({ "--to": join(to, study.id) }, {}, { folders: { study: study.folder } });
  const folder = await keepStudy(study, { to, replace });
  const { runs } = study;
  const left = [...study.failed.map(({ name }) => name), ...study.missing];
  const document = { study: study.id, folder, runs: runs.length, left };
  const unfinished = left.length === 0 ? "" : `; not finished, and left: ${left.join(" ")}`;
  const text = `kept ${runs.length} run${runs.length === 1 ? "" : "s"} of ${study.id} in ${folder}${unfinished}`;
  process.stdout.write(`${json ? JSON.stringify(document) : text}\n`);
}
