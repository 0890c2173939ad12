import { cleanPaths } from "./compile-errors.js";
import type { CellProgram } from "./compile-program.js";

import ts = require("typescript");

/** What is known of a name. */
interface Knowledge {
  /** Its declaration, as TypeScript prints it. */
  signature: string;
  documentation: string;
  tags: readonly ts.JSDocTagInfo[];
}

/**
 * What is known of what stands at a place of a cell, as a MIME bundle of Markdown and plain text; undefined: nothing.
 * @param offset where the cell begins in its draft
 * @param detail 1: where it is declared, too
 */
export function inspectionAt(
  cells: CellProgram,
  offset: number,
  source: string,
  position: number,
  detail: 0 | 1,
): Record<string, unknown> | undefined {
  for (const place of placesNear(source, position)) {
    // Files of libraries are parsed without their comments until one is asked for.
    cells.document(filesAt(cells, offset + place));
    const known = knowledgeAt(cells, offset + place);
    if (known === undefined) continue;
    const declared = detail === 1 ? declarationsAt(cells, offset + place) : [];
    return { "text/markdown": markdownOf(known, declared), "text/plain": plainOf(known, declared) };
  }
  const called = callAt(cells, offset + position);
  return called && { "text/markdown": markdownOf(called, []), "text/plain": plainOf(called, []) };
}

/** The cursor stands in a name or behind it; behind the bracket of a call its function is meant, which `callAt` finds. */
function placesNear(source: string, position: number): number[] {
  const isName = (place: number): boolean => /[\p{ID_Continue}$]/u.test(source.charAt(place));
  return [position, position - 1].filter(isName);
}

/** The files in which that is declared what stands at a place. */
function filesAt(cells: CellProgram, place: number): string[] {
  return (cells.service.getDefinitionAtPosition(cells.draftFile, place) ?? []).map(({ fileName }) => fileName);
}

function knowledgeAt(cells: CellProgram, place: number): Knowledge | undefined {
  const info = cells.service.getQuickInfoAtPosition(cells.draftFile, place);
  const known = info && knowledgeOf(info.displayParts, info.documentation, info.tags);
  // An option that is being typed says nothing yet, for it has no value; what it would be, the completion knows.
  if (known !== undefined && !isUnknown(known)) return known;
  return optionAt(cells, place) ?? known;
}

function isUnknown({ signature, documentation }: Knowledge): boolean {
  return documentation === "" && /: any$/.test(signature);
}

function optionAt(cells: CellProgram, place: number): Knowledge | undefined {
  const file = cells.service.getProgram()?.getSourceFile(cells.draftFile) as ts.SourceFile;
  const name = wordAt(file.text, place);
  const details = cells.service.getCompletionEntryDetails(cells.draftFile, place, name, {}, undefined, {}, undefined);
  return details && knowledgeOf(details.displayParts, details.documentation, details.tags);
}

function wordAt(text: string, place: number): string {
  const before = /[\p{ID_Continue}$]*$/u.exec(text.slice(0, place))?.[0] ?? "";
  const after = /^[\p{ID_Continue}$]*/u.exec(text.slice(place))?.[0] ?? "";
  return before + after;
}

function callAt(cells: CellProgram, place: number): Knowledge | undefined {
  const helpAtPlace = (): ts.SignatureHelpItems | undefined =>
    cells.service.getSignatureHelpItems(cells.draftFile, place, undefined);
  const bare = helpAtPlace();
  if (bare === undefined) return undefined;
  // The name that is called ends before the bracket, behind which the arguments begin.
  const isNews = cells.document(filesAt(cells, bare.applicableSpan.start - 2));
  const help = isNews ? helpAtPlace() : bare;
  const item = help?.items[help.selectedItemIndex];
  if (item === undefined) return undefined;
  const parameters = item.parameters.flatMap((parameter, i) =>
    i === 0 ? parameter.displayParts : [...item.separatorDisplayParts, ...parameter.displayParts],
  );
  const parts = [...item.prefixDisplayParts, ...parameters, ...item.suffixDisplayParts];
  return knowledgeOf(parts, item.documentation, item.tags);
}

function knowledgeOf(
  parts: ts.SymbolDisplayPart[] | undefined,
  documentation: ts.SymbolDisplayPart[] | undefined,
  tags: ts.JSDocTagInfo[] | undefined,
): Knowledge {
  const text = cleanPaths(ts.displayPartsToString(parts));
  // How a name came here is of no interest: "(alias) …" and the import that gave it.
  const signature = text.replace(/^\(alias\) /, "").replace(/\n(?:import|export) .*$/, "");
  return { signature, documentation: linkless(ts.displayPartsToString(documentation)), tags: tags ?? [] };
}

/** `{@link Name}` as `Name`. */
function linkless(text: string): string {
  return text.replaceAll(
    /\{@link(?:code|plain)?\s+([^}|]+?)(?:\s*\|\s*([^}]*))?\}/g,
    (_, target, label) => label ?? `\`${target}\``,
  );
}

/** The lines in which a name is declared: "extract-features.ts, line 12". */
function declarationsAt(cells: CellProgram, place: number): string[] {
  const found = cells.service.getDefinitionAtPosition(cells.draftFile, place) ?? [];
  const program = cells.service.getProgram() as ts.Program;
  return found.flatMap(({ fileName, textSpan }) => {
    const file = program.getSourceFile(fileName);
    if (file === undefined || fileName === cells.draftFile || cells.isCellFile(fileName)) return [];
    return [`${fileName}, line ${file.getLineAndCharacterOfPosition(textSpan.start).line + 1}`];
  });
}

function markdownOf({ signature, documentation, tags }: Knowledge, declared: string[]): string {
  const parameters = tags.filter(({ name }) => name === "param").map(tag => `- ${parameterText(tag, "`")}`);
  const others = tags.filter(({ name }) => name !== "param").map(tagMarkdown);
  const places = declared.map(place => `*${place}*`);
  return [`\`\`\`typescript\n${signature}\n\`\`\``, documentation, parameters.join("\n"), ...others, ...places]
    .filter(part => part !== "")
    .join("\n\n");
}

function tagMarkdown(tag: ts.JSDocTagInfo): string {
  const text = tagText(tag);
  const title = `**${tag.name.charAt(0).toUpperCase()}${tag.name.slice(1)}**`;
  if (tag.name === "example" && !text.includes("```")) return `${title}\n\n\`\`\`typescript\n${text}\n\`\`\``;
  return `${title} ${text.replace(/^\{([^}]*)\}/, "`$1`")}`.trimEnd();
}

function plainOf({ signature, documentation, tags }: Knowledge, declared: string[]): string {
  const lines = tags.map(tag =>
    `@${tag.name} ${tag.name === "param" ? parameterText(tag, "") : tagText(tag)}`.trimEnd(),
  );
  return [signature, documentation, lines.join("\n"), ...declared].filter(part => part !== "").join("\n\n");
}

/** "name: what it is", with the name between quotes. */
function parameterText(tag: ts.JSDocTagInfo, quote: string): string {
  const [name, ...rest] = tagText(tag).split(/\s+/);
  const text = rest.join(" ").replace(/^[-–—:]\s*/, "");
  return text === "" ? `${quote}${name}${quote}` : `${quote}${name}${quote}: ${text}`;
}

function tagText({ text }: ts.JSDocTagInfo): string {
  return linkless(ts.displayPartsToString(text));
}
