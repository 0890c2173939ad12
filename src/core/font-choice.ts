/** Their names. */
export const FONT_CHOICES: readonly ["sans", "times", "latex"] = ["sans", "times", "latex"];

/**
 * Typefaces a figure can be set in: "sans", as wide as Helvetica and Arial; "times", as wide as Times, which most
 * conferences print in; "latex", Computer Modern, what LaTeX prints in unless told otherwise.
 */
export type FontChoice = (typeof FONT_CHOICES)[number];
