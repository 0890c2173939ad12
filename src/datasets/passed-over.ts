/** A file of a dataset's folder that is none of its items, and why. */
export interface PassedOver {
  /** Relative to the dataset's folder; bytes that are not UTF-8 as `\xff`. */
  readonly path: string;
  /** In words: `a HEIC image, which is not read here`. */
  readonly reason: string;
}

/** Paths shown for each reason. */
const EXAMPLES = 3;

/** A line for people for each reason, the most frequent first: `15 files passed over, a link to nothing: a.jpg, …`. */
export function passedOverLines(list: readonly PassedOver[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { path, reason } of list) {
    const paths = byReason.get(reason);
    if (paths === undefined) byReason.set(reason, [path]);
    else paths.push(path);
  }
  return [...byReason]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([reason, paths]) => {
      const shown = `${paths.slice(0, EXAMPLES).join(", ")}${paths.length > EXAMPLES ? ", …" : ""}`;
      return `${paths.length} passed over, ${reason}: ${shown}`;
    });
}
