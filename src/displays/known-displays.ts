import { type Display, registerDisplay } from "../core/display.js";
import { arrayDisplay } from "./array-display.js";
import { figureDisplay } from "./figure-display.js";
import { imageDisplay } from "./image-display.js";
import { tableDisplay } from "./table-display.js";

/** Displays of this library, those of wider kinds first: of several that take a value the last is asked. */
// biome-ignore lint/suspicious/noExplicitAny: each of another kind of values
export const KNOWN_DISPLAYS: readonly Display<any>[] = [tableDisplay, arrayDisplay, imageDisplay, figureDisplay];

/** Makes the values of this library show themselves; done when it is imported, and by our kernel for cells without it. */
export function registerKnownDisplays(): void {
  for (const display of KNOWN_DISPLAYS) registerDisplay(display);
}
