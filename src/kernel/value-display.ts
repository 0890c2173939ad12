import { type DisplayedValue, displayOf } from "../core/display.js";

/**
 * What the value of a cell shows of itself, by the displays of this library too where the cells have not imported it. They
 * are loaded with the first value that may need them: the first cell is not to wait for them.
 */
export async function displayOfValue(value: unknown): Promise<DisplayedValue> {
  if (typeof value === "object" && value !== null) {
    const { registerMissingDisplays } = await import("../displays/known-displays.js");
    registerMissingDisplays();
  }
  return displayOf(value);
}
