// How a line of a list is cut into the path of an image and what is said of it.

/** A line of a list, cut but not understood. */
export interface ListLine {
  /** As written, but with forward slashes. */
  readonly path: string;
  /** What follows, without blanks around it; "" where nothing does. */
  readonly label: string;
  /** Whether a comma parts the two; else it is blanks. */
  readonly comma: boolean;
  /** Whether something else than one blank or one comma parts path, label or columns. */
  readonly loose: boolean;
}

/** The path up to the first ending of an image that a blank or a comma follows: paths may hold both. */
const PATH = /^.*?\.(?:jpe?g|png|webp|gif|tiff?|avif|bmp)(?=$|[\s,;])/i;

/** Cuts a line without blanks at its ends. A path without the ending of an image ends at the first comma, else blank. */
export function cutListLine(text: string): ListLine {
  const path = PATH.exec(text)?.[0] ?? text.slice(0, pathEnd(text));
  const rest = text.slice(path.length);
  const label = rest.replace(/^\s*[,;]?\s*/, "");
  const between = rest.slice(0, rest.length - label.length);
  const comma = /[,;]/.test(between);
  const loose = (!comma && between !== " " && between !== "") || /\s{2}|[\t;]|\s,|, /.test(rest.trim());
  return { path: own(path.trim().replaceAll("\\", "/")), label, comma, loose };
}

function pathEnd(text: string): number {
  const comma = text.lastIndexOf(",");
  if (comma >= 0) return comma;
  const blank = text.search(/\s/);
  return blank < 0 ? text.length : blank;
}

/** A string of its own: a slice would keep all of the text that was read. */
function own(text: string): string {
  return Buffer.from(text).toString();
}
