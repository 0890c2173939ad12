/**
 * Typefaces a figure can be set in: "sans", as wide as Helvetica and Arial; "times", as wide as Times, which most
 * conferences print in; "latex", Computer Modern, what LaTeX prints in unless told otherwise.
 */
export type FontChoice = "sans" | "times" | "latex";

/** Their names. */
export const FONT_CHOICES: readonly FontChoice[] = ["sans", "times", "latex"];
