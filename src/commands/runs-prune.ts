import { relative } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { knownNames } from "../core/nearest-name.js";
import { bytesText } from "../core/size-text.js";
import type { Holding, Prunable } from "../reproduction/holding.js";
import { PRUNABLES } from "../reproduction/holding.js";
import type { Pruned } from "../reproduction/prune.js";

const EXAMPLES = `
Examples:
  $ hashbook runs prune --dry-run
  $ hashbook runs prune
  $ hashbook runs prune --also experiments,unfinished

Frees experiments whose record is damaged and what killed writers left, of the home folder (HASHBOOK_HOME, else the study,
else the checkout). Studies, records/, runs of notebooks, datasets and weights are never touched, nor what is another user's,
reached by a link, or worked on by another process, nor what runs need that a study asks for and does not have yet. --also
frees what would be made again, unless it was changed within the last hour or a study is being run:
${Object.entries(PRUNABLES)
  .map(([name, what]) => `  ${name.padEnd(12)} ${what}`)
  .join("\n")}`;

/** `hashbook runs prune`: frees what nobody needs. */
export function runsPruneCommand(): Command {
  return new Command("prune")
    .description("free what nobody needs of experiments, features and caches")
    .option("--dry-run", "free nothing, and say what would be freed", false)
    .option("--also <names>", `free these too: ${Object.keys(PRUNABLES).join(", ")}`, prunablesFlag, [])
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(pruneRuns);
}

function prunablesFlag(text: string, earlier: readonly Prunable[]): Prunable[] {
  const names = text.split(",").map(name => name.trim());
  const known = Object.keys(PRUNABLES);
  const wrong = names.find(name => !known.includes(name));
  if (wrong !== undefined) throw new InvalidArgumentError(`Expected ${knownNames(wrong, known)}, with commas between.`);
  return [...earlier, ...(names as Prunable[])];
}

interface PruneFlags {
  readonly dryRun: boolean;
  readonly also: readonly Prunable[];
  readonly json: boolean;
}

async function pruneRuns({ dryRun, also, json }: PruneFlags): Promise<void> {
  const { prune } = await import("../reproduction/prune.js");
  const { homeFolder } = await import("../core/paths.js");
  const home = homeFolder();
  const pruned = await prune({ home, also, dryRun });
  process.stdout.write(`${json ? JSON.stringify({ home, dryRun, ...pruned }) : textOf(pruned, { home, dryRun })}\n`);
}

function textOf({ freed, bytes, left, kept }: Pruned, { home, dryRun }: { home: string; dryRun: boolean }): string {
  const line = ({ kind, path, bytes: size }: Holding, why: string): string =>
    `${bytesText(size).padStart(11)}  ${kind} ${relative(home, path)}: ${why}`;
  const others = kept.filter(({ use }) => use !== "kept");
  return [
    `${dryRun ? "would free" : "freed"} ${bytesText(bytes)} of ${home}`,
    ...freed.map(holding => line(holding, holding.reason)),
    ...(left.length === 0 ? [] : ["left:", ...left.map(({ holding, why }) => line(holding, why))]),
    ...alsoLines(others),
  ].join("\n");
}

/** What could be freed too, by the name it is asked for with. */
function alsoLines(others: readonly Holding[]): string[] {
  return (Object.keys(PRUNABLES) as Prunable[]).flatMap(name => {
    const found = others.filter(({ use }) => use === name);
    const bytes = found.reduce((sum, holding) => sum + holding.bytes, 0);
    return found.length === 0 ? [] : [`--also ${name} would free ${bytesText(bytes)}: ${PRUNABLES[name]}`];
  });
}
