import type { Truncated } from "../images/preprocessing.js";
import { oneOf } from "./numbers.js";

const CHOICES: readonly Truncated[] = ["refuse", "accept"];
const MEANING = "images that are cut short: refuse them, or accept what is there, as PIL's LOAD_TRUNCATED_IMAGES does";

/** `--truncated`, with its default, for commands that read images of a dataset. */
export const TRUNCATED: readonly [string, string, (text: string) => Truncated, Truncated] = [
  "--truncated <how>",
  MEANING,
  oneOf(CHOICES),
  "refuse",
];

/** `--truncated` of commands that otherwise do what was done for the model they use. */
export const TRUNCATED_AS_MODEL: readonly [string, string, (text: string) => Truncated] = [
  "--truncated <how>",
  `${MEANING}; default: as for the model's features`,
  oneOf(CHOICES),
];
