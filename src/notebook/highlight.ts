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

/** TypeScript as HTML with its comments, strings, numbers and keywords marked by classes. */
export function highlightTypeScript(code: string): string {
  let html = "";
  let end = 0;
  for (const match of code.matchAll(parts)) {
    const [kind] = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined) ?? ["plain"];
    html += `${escapeHtml(code.slice(end, match.index))}<span class="${kind}">${escapeHtml(match[0])}</span>`;
    end = match.index + match[0].length;
  }
  return html + escapeHtml(code.slice(end));
}
