import { escapeHtml } from "./table.js";

const keywords =
  "abstract|as|async|await|break|case|catch|class|const|continue|default|do|else|enum|export|extends|false|finally|for|from|function|if|implements|import|in|instanceof|interface|let|new|null|of|readonly|return|satisfies|static|super|switch|this|throw|true|try|type|typeof|undefined|var|void|while|yield";

/** The parts of TypeScript worth a colour, first match wins: comments, strings, numbers, keywords. */
const parts = new RegExp(
  [
    "(?<comment>\\/\\/[^\\n]*|\\/\\*[\\s\\S]*?\\*\\/)",
    "(?<string>\"(?:[^\"\\\\\\n]|\\\\.)*\"|'(?:[^'\\\\\\n]|\\\\.)*'|`(?:[^`\\\\]|\\\\[\\s\\S])*`)",
    "(?<number>(?<![\\w$])\\d[\\w.]*)",
    `(?<keyword>(?<![\\w$.])(?:${keywords})(?![\\w$]))`,
  ].join("|"),
  "g",
);

/** A part as HTML; one of several lines is marked in each, so that lines can stand in elements of their own. */
function colouredHtml(kind: string, text: string): string {
  return text
    .split("\n")
    .map(line => (line === "" ? "" : `<span class="${kind}">${escapeHtml(line)}</span>`))
    .join("\n");
}

/** TypeScript as HTML with its comments, strings, numbers and keywords marked by classes; an element a line. */
export function highlightTypeScript(code: string): string {
  let html = "";
  let end = 0;
  for (const match of code.matchAll(parts)) {
    const [kind] = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined) ?? ["plain"];
    html += `${escapeHtml(code.slice(end, match.index))}${colouredHtml(kind, match[0])}`;
    end = match.index + match[0].length;
  }
  html += escapeHtml(code.slice(end));
  return html.replaceAll(/[^\n]+\n?|\n/g, line => `<span class="line">${line}</span>`);
}
