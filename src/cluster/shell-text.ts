import { InputError } from "../core/errors.js";

/** A word of a command in a script: a text as it is, or one that the shell that runs the script is to expand. */
export type Word = string | { readonly shell: string };

/** A text as one word of a POSIX shell, whatever is in it. @throws {InputError} for a zero byte, which no word can hold */
export function shellQuoted(text: string): string {
  if (text.includes("\0")) throw new InputError("this cannot stand in a script", { actual: JSON.stringify(text) });
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A text as a comment of a shell or of YAML: one line, whatever is in it. */
export function lineComment(text: string): string {
  return `# ${text.replaceAll(/[\r\n\u0085\u2028\u2029]+/g, " ")}`;
}

/** A text on the standard input of a command, up to a line that the text does not have. @param end what that line is called */
export function hereDocument(command: string, text: string, end: string): string {
  const lines = new Set(text.split("\n"));
  let last = end;
  while (lines.has(last)) last += "_";
  return `${command} <<'${last}'\n${text.trimEnd()}\n${last}`;
}

/** A command line of a POSIX shell. */
export function shellCommand(words: readonly Word[]): string {
  return words.map(word => (typeof word === "string" ? shellQuoted(word) : word.shell)).join(" ");
}

/**
 * A text of which the variables are to be those of the machine that runs the script: `$TMPDIR/pictures`. All else in it is
 * taken as it is.
 */
export function withVariables(text: string): Word {
  const escaped = text.replaceAll(/[\\"`]|\$(?!\{?[A-Za-z_]\w*\}?)/g, "\\$&");
  return { shell: `"${escaped.replaceAll(/\$(\{?)([A-Za-z_]\w*)(\}?)/g, "$${$2}")}"` };
}
