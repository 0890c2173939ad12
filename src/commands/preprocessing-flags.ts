import type { Command } from "commander";
import type { AnyOption } from "../core/options.js";
import type { PreprocessingSettings } from "../images/preprocessing-settings.js";
import { PREPROCESSING_SETTINGS } from "../images/preprocessing-settings.js";
import { optionFlag } from "./option-flag.js";

/** What the command line says of how a network's images are made. */
export type PreprocessingFlags = Omit<PreprocessingSettings, "truncated">;

const { mean, std, size, scales, cropShare, interpolation, cropMode } = PREPROCESSING_SETTINGS;
const NAMES = ["mean", "std", "size", "scales", "cropShare", "interpolation", "cropMode"] as const;

/** Reads `0.5,0.5,0.5`. */
function listFlag(option: AnyOption): (text: string) => number[] {
  return text => optionFlag<number[]>(option)(`[${text}]`);
}

/** Adds the options of {@link PreprocessingFlags}. */
export function addPreprocessingOptions(command: Command): Command {
  return command
    .option("--mean <r,g,b>", `${mean.description}; default of all these: as the network wants it`, listFlag(mean))
    .option("--std <r,g,b>", "what the rest is divided by", listFlag(std))
    .option("--size <pixels>", `${size.description}`, optionFlag(size))
    .option("--scales <x,y,z>", `${scales.description}`, listFlag(scales))
    .option("--crop-share <x>", `${cropShare.description}`, optionFlag(cropShare))
    .option("--interpolation <name>", "of resizing: bilinear or bicubic", optionFlag(interpolation))
    .option("--crop-mode <mode>", "center, or squash: both sides resized alike", optionFlag(cropMode));
}

/** The settings among a command's flags; those not given are not there. */
export function preprocessingOf(flags: PreprocessingFlags): PreprocessingSettings {
  return Object.fromEntries(NAMES.map(name => [name, flags[name]] as const).filter(([, value]) => value !== undefined));
}
