// How the text of a submission falls into lines, and a line into names; what is wrong with it is reported on the way.
import type { FaultKind, SubmissionFault } from "./submission-fault.js";

/** A line without its end. */
export interface TextLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** True for a last line that no line feed ends. */
  readonly unfinished: boolean;
}

type Report = (kind: FaultKind, message: string) => void;

/** The lines of a file; what is wrong with bytes and line ends goes to `faults`. */
export function linesOf(content: Uint8Array, faults: SubmissionFault[]): TextLine[] {
  const push = (line: number, kind: FaultKind, message: string): void => void faults.push({ line, kind, message });
  if (content.length === 0) push(1, "empty-file", "the file is empty");
  if ((content[0] === 0xff && content[1] === 0xfe) || (content[0] === 0xfe && content[1] === 0xff)) {
    push(1, "encoding", "the file is UTF-16; save it as UTF-8");
    return [];
  }
  let bytes = content;
  if (content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf) {
    push(1, "byte-order-mark", "the file starts with a byte order mark; save it as UTF-8 without one");
    bytes = content.subarray(3);
  }
  const end = bytes.includes(LF) || !bytes.includes(CR) ? LF : CR;
  const lines: TextLine[] = [];
  for (let from = 0; from < bytes.length; ) {
    const at = bytes.indexOf(end, from);
    const to = at < 0 ? bytes.length : at;
    const number = lines.length + 1;
    const carriage = to > from && bytes[to - 1] === CR;
    if (carriage || (end === CR && at >= 0)) {
      push(number, "line-end", `the line ends in ${end === CR ? "CR" : "CR LF"}; a line feed alone is expected`);
    }
    const text = decodeText(bytes.subarray(from, carriage ? to - 1 : to), problem => push(number, "encoding", problem));
    lines.push({ number, text, unfinished: at < 0 });
    from = to + 1;
  }
  return lines;
}

const CR = 13;
const LF = 10;

function decodeText(bytes: Uint8Array, report: (problem: string) => void): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    report("bytes that are not UTF-8");
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  }
}

/** A line in two, as it was found. */
export interface LineParts {
  readonly query: string;
  /** What is between the braces. */
  readonly list: string;
  /** The line stops in its middle, so its list means nothing. */
  readonly cutShort: boolean;
}

/** Takes `query,{list}` apart, and what resembles it. */
export function splitLine({ text: raw, unfinished }: TextLine, report: Report): LineParts {
  const text = raw.replaceAll('"', "").replaceAll(/(^|[,{])'([^',{}]*)'(?=$|[,}])/g, "$1$2");
  if (text !== raw) report("quotes", "quotes are no part of the format; names stand without them");
  const open = text.indexOf("{");
  const close = text.lastIndexOf("}");
  const cutShort = unfinished && close < 0;
  if (cutShort) report("cut-short", "the last line is cut short: the file ends before the closing brace");
  if (open < 0 || close < open) {
    if (!cutShort) report("braces", `${open < 0 ? "no opening brace" : "no closing brace"}; {g1.jpg,…} is expected`);
    const [, query, list] = /^([^,;|\t{]*)(?:[,;|\t{](.*))?$/s.exec(text) ?? [text, text, ""];
    return { query, list: (list ?? "").replaceAll(/[{}]|^[[(]|[\])]$/g, ""), cutShort };
  }
  const after = text.slice(close + 1);
  if (after.trim() !== "") report("trailing-text", `${JSON.stringify(after.slice(0, 40))} after the closing brace`);
  else if (after !== "") report("spaces", "blanks after the closing brace");
  const list = text.slice(open + 1, close);
  if (/[{}]/.test(list)) report("braces", "more than one pair of braces");
  const [, query, between] = /^(.*?)([,;:|\t\s]*)$/s.exec(text.slice(0, open)) ?? [text, "", ""];
  if (between !== ",") {
    const problem = between.trim() === "," ? "spaces" : "separator";
    report(problem, `${JSON.stringify(between)} between query and list; a comma alone is expected`);
  }
  return { query, list: list.replaceAll(/[{}]/g, ""), cutShort };
}

/** The names of a list. A piece that is unknown and holds other separators than commas is taken apart at these. */
export function piecesOf(list: string, isUnknown: (name: string) => boolean, report: Report): string[] {
  let other = false;
  const pieces = list.split(",").flatMap(piece => {
    const smaller = piece.trim().split(/\s*[;|\t]\s*|\s+/);
    if (smaller.length === 1 || !isUnknown(piece)) return [piece];
    other = true;
    return smaller;
  });
  if (other) report("separator", "names are to be separated by a comma alone");
  return pieces;
}
