import type { Command } from "commander";
import { Option } from "commander";
import type { MissingImages } from "../datasets/lists.js";
import { MISSING_IMAGES } from "../datasets/lists.js";

/** Flags of published lists. */
export interface ListFlags {
  images?: string;
  lists?: string;
  stripPrefix?: readonly string[];
  classNames?: string;
}

/** Adds the flags by which published lists are opened, the same on every command that opens datasets. */
export function addListOptions(command: Command): Command {
  return command
    .option("--images <folder>", "of published lists: the images that their paths are below; default: the lists' own")
    .option("--lists <folder>", "of published lists: train.txt, test.txt or query.txt, database.txt")
    .option(
      "--strip-prefix <prefix>",
      "of published lists: taken from the beginning of paths; may come again; default: the known prefixes",
      (text, earlier: readonly string[] = []) => [...earlier, text],
    )
    .option("--class-names <file>", "of published lists: a name a line; default: class_names.txt or classes.txt there");
}

/** What becomes of images that are listed and not there. */
export function missingOption(): Option {
  return new Option(
    "--missing <what>",
    "of published lists: what becomes of images that are not there; dropped, they leave all roles, which is said",
  )
    .choices(MISSING_IMAGES)
    .default(undefined, "refuse");
}

/** Flags of lists with what becomes of missing images. */
export interface ExtractListFlags extends ListFlags {
  missing?: MissingImages;
}

/** The flags as options of `openDataset`. */
export function listOptionsOf({ images, lists, stripPrefix, classNames, missing }: ExtractListFlags): ExtractListFlags {
  return { images, lists, stripPrefix, classNames, missing };
}
