// What the commands have in common that write figures: evaluate, compare, sweep.
import { type Command, Option } from "commander";
import { FONT_CHOICES, type FontChoice } from "../core/font-choice.js";
import type { Figure } from "../plots/figure.js";

/** Flags of {@link addFigureOptions}. */
export interface FigureFlags {
  figures?: string;
  columns: "1" | "2";
  fonts: FontChoice;
}

/** Adds the flags of figures. */
export function addFigureOptions(command: Command): Command {
  return command
    .option("--figures <dir>", "write the figures of a paper there, each as PDF, SVG and PNG")
    .addOption(
      new Option("--columns <n>", "columns that the figures span: 1 is 3.25 in wide, 2 are 6.75 in")
        .choices(["1", "2"])
        .default("1"),
    )
    .addOption(
      new Option("--fonts <name>", "of the figures: sans (as Arial), times, latex (Computer Modern)")
        .choices([...FONT_CHOICES])
        .default("sans"),
    );
}

/** Writes figures where the flags ask for them, and says so on stderr. */
export async function writeFigures(
  { figures: folder, columns, fonts }: FigureFlags,
  figures: () => Readonly<Record<string, Figure>> | Promise<Readonly<Record<string, Figure>>>,
): Promise<void> {
  if (folder === undefined) return;
  const { saveFigures } = await import("../plots/save-figure.js");
  const files = await saveFigures(await figures(), folder, { columns: columns === "1" ? 1 : 2, fonts });
  process.stderr.write(`wrote ${files.length} files to ${folder}\n`);
}
