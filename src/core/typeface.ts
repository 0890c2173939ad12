// The typefaces of figures and captions. A fresh machine has no fonts; these come with the packages, under the Open Font
// License or MIT. The letters of the one used unless asked otherwise are as wide as those of Helvetica and Arial, which
// most readers of an SVG have.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import opentype from "opentype.js";
import type { FontChoice } from "./font-choice.js";

/** A typeface that comes with the packages. */
export interface Typeface {
  /** The name under which a renderer finds it in the file. */
  readonly name: string;
  /** Of the TrueType file. */
  readonly file: string;
}

interface FontStack {
  /** For CSS and SVG: the typeface, then what stands in for it where it is not there. */
  readonly family: string;
  /** Name and file of the packages: the typeface, then those that have the letters it lacks (Computer Modern has no ≤). */
  readonly faces: readonly (readonly [name: string, file: string])[];
}

const ARIMO = ["Arimo", "@expo-google-fonts/arimo/400Regular/Arimo_400Regular.ttf"] as const;

const STACKS: Readonly<Record<FontChoice, FontStack>> = {
  sans: { family: "Arimo, Helvetica, Arial, Liberation Sans, sans-serif", faces: [ARIMO] },
  times: {
    family: "Tinos, Times New Roman, Times, Liberation Serif, serif",
    faces: [["Tinos", "@expo-google-fonts/tinos/400Regular/Tinos_400Regular.ttf"], ARIMO],
  },
  latex: {
    family: "CMU Serif, Latin Modern Roman, Computer Modern, serif",
    faces: [
      ["CMU Serif", "computer-modern/fonts/cmu-serif-500-roman.ttf"],
      ["KaTeX_Main", "katex/dist/fonts/KaTeX_Main-Regular.ttf"],
      ARIMO,
    ],
  },
};

/** For CSS and SVG: the typeface, then those of the same widths. */
export function fontFamily(fonts: FontChoice): string {
  return STACKS[fonts].family;
}

/** That of all figures and captions that are not asked for in another. */
export const FONT_FAMILY: string = fontFamily("sans");

const { resolve } = createRequire(import.meta.url);
/** Found once a process: where packages lie does not change. */
const found = new Map<FontChoice, readonly Typeface[]>();

/** The typeface and those that have what it lacks, in order. */
export function typefaces(fonts: FontChoice): readonly Typeface[] {
  const faces = found.get(fonts) ?? STACKS[fonts].faces.map(([name, file]) => ({ name, file: resolve(file) }));
  found.set(fonts, faces);
  return faces;
}

/** The name under which a renderer finds the usual one in {@link fontFile}. */
export const FONT_NAME: string = ARIMO[0];

/** Where the file of the usual one lies. */
export function fontFile(): string {
  return typefaces("sans")[0].file;
}

/** Parsed once a process: it takes some tens of milliseconds and never changes. */
const parsed = new Map<string, opentype.Font>();

function fontOf(file: string): opentype.Font {
  const known = parsed.get(file);
  if (known !== undefined) return known;
  const { buffer, byteOffset, byteLength } = readFileSync(file);
  const font = opentype.parse(buffer.slice(byteOffset, byteOffset + byteLength));
  parsed.set(file, font);
  return font;
}

/** A part of a text, and the typeface that has its letters; undefined where none of them has. */
export interface TextRun {
  readonly text: string;
  readonly face: Typeface | undefined;
}

/** A text in parts, each in the first of the typefaces that has its letters. */
export function textRuns(text: string, faces: readonly Typeface[]): TextRun[] {
  const runs: { text: string; face: Typeface | undefined }[] = [];
  for (const letter of text) {
    const face = faces.find(({ file }) => fontOf(file).charToGlyphIndex(letter) > 0);
    const last = runs.at(-1);
    if (last !== undefined && last.face?.file === face?.file) last.text += letter;
    else runs.push({ text: letter, face });
  }
  return runs;
}

/** Width in px of one line of text at a font size in px; letters no typeface has count as the first's box for them. */
export function textWidth(text: string, fontSize: number, fonts: FontChoice = "sans"): number {
  const faces = typefaces(fonts);
  const widths = textRuns(text, faces).map(run =>
    fontOf((run.face ?? faces[0]).file).getAdvanceWidth(run.text, fontSize),
  );
  return widths.reduce((sum, width) => sum + width, 0);
}

/** Whether the typefaces have all letters of a text; others have to come from a font of the machine. */
export function hasLetters(text: string, fonts: FontChoice = "sans"): boolean {
  return textRuns(text, typefaces(fonts)).every(({ face }) => face !== undefined);
}

/** Cuts text to what fits in `width` px, ending in "…" when something was cut. */
export function fitText(text: string, width: number, fontSize: number): string {
  if (textWidth(text, fontSize) <= width) return text;
  const letters = [...text];
  while (letters.length > 0 && textWidth(`${letters.join("")}…`, fontSize) > width) letters.pop();
  return `${letters.join("").trimEnd()}…`;
}
