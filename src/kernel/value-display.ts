import { type DisplayedValue, displayOf } from "../core/display.js";

/** Loads the displays of this library, once. */
export function loadDisplays(): Promise<typeof import("../displays/known-displays.js")> {
  return import("../displays/known-displays.js");
}

/** What the value of a cell shows of itself, by the displays of this library too where the cells have not imported it. */
export async function displayOfValue(value: unknown): Promise<DisplayedValue> {
  if (typeof value === "object" && value !== null) (await loadDisplays()).registerMissingDisplays();
  return displayOf(value);
}
