import { Command } from "commander";
import { chooseCommand } from "./challenge-choose.js";
import { challengeRunCommand } from "./challenge-run.js";

/** `hashbook challenge`: what is done with a whole challenge. */
export function challengeCommand(): Command {
  return new Command("challenge")
    .description("answer the challenge: compare ways over folds, choose one, submit")
    .addCommand(chooseCommand())
    .addCommand(challengeRunCommand());
}
