import type { Command } from "commander";
import { Option } from "commander";

/** Flags of how products and parts of DIGIX are taken. */
export interface DigixFlags {
  mergeProducts?: string;
  partFolder?: string;
}

/** The list of products that are one, for every command that reads labels of products. */
export function mergeOption(): Option {
  return new Option(
    "--merge-products <file>",
    "list of products that are one under different names, of `dataset --duplicates`, edited: they have one label",
  );
}

/** Adds the flags by which DIGIX is opened, the same on every command that opens datasets. */
export function addDigixOptions(command: Command): Command {
  return command
    .addOption(mergeOption())
    .option(
      "--part-folder <name>",
      "of digix-final: the name of its folder; default: the one beside the other parts with query and gallery",
    );
}
