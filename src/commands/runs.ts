import { Command } from "commander";
import { runsPackCommand } from "./runs-pack.js";
import { runsPruneCommand } from "./runs-prune.js";

/** `hashbook runs`: what is done with recorded runs. */
export function runsCommand(): Command {
  return new Command("runs")
    .description("pack recorded runs for others, free what nobody needs")
    .addCommand(runsPackCommand())
    .addCommand(runsPruneCommand());
}
