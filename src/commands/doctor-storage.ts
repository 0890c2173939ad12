import { bytesText } from "../core/size-text.js";
import type { Holding, HoldingKind } from "../reproduction/holding.js";

/** What is stored of one kind. */
export interface StoredKind {
  readonly kind: HoldingKind;
  readonly count: number;
  readonly bytes: number;
  /** Of these bytes, those that nobody needs: `hashbook runs prune` frees them. */
  readonly unneeded: number;
}

/** What the home folder holds, kind by kind. */
export async function storedKinds(home: string): Promise<StoredKind[]> {
  const { survey } = await import("../reproduction/survey.js");
  const holdings = await survey({ home });
  return [...new Set(holdings.map(({ kind }) => kind))].map(kind => {
    const found = holdings.filter(holding => holding.kind === kind);
    const unneeded = bytesOf(found.filter(({ use }) => use === "nobody"));
    return { kind, count: found.length, bytes: bytesOf(found), unneeded };
  });
}

function bytesOf(holdings: readonly Holding[]): number {
  return holdings.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** The same in lines. */
export function storageLines(home: string, kinds: readonly StoredKind[]): string[] {
  if (kinds.length === 0) return [`${home} holds nothing`];
  const width = Math.max(...kinds.map(({ kind }) => kind.length));
  const unneeded = kinds.reduce((sum, kind) => sum + kind.unneeded, 0);
  return [
    `${home} holds:`,
    ...kinds.map(({ kind, count, bytes }) => `  ${kind.padEnd(width)}  ${bytesText(bytes).padStart(10)} in ${count}`),
    ...(unneeded === 0 ? [] : [`nobody needs ${bytesText(unneeded)} of it: \`hashbook runs prune\` frees them`]),
  ];
}
