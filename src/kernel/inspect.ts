import ts from "typescript";
import { cleanPaths } from "./compile-errors.js";
import type { CellProgram } from "./compile-program.js";

/**
 * What is known of what stands at a place of a cell, as a MIME bundle of Markdown and plain text.
 * @param offset where the cell begins in its draft
 */
export function inspectionAt(
  cells: CellProgram,
  offset: number,
  source: string,
  position: number,
  detail: 0 | 1,
): Record<string, unknown> | undefined {
  void detail;
  // The cursor stands behind a name more often than in it.
  const places = [position, position - 1].filter(place => place >= 0 && place <= source.length);
  for (const place of places) {
    const info = cells.service.getQuickInfoAtPosition(cells.draftFile, offset + place);
    if (info === undefined) continue;
    const signature = cleanPaths(ts.displayPartsToString(info.displayParts));
    const documentation = ts.displayPartsToString(info.documentation);
    return {
      "text/plain": [signature, documentation].filter(part => part !== "").join("\n\n"),
      "text/markdown": [`\`\`\`typescript\n${signature}\n\`\`\``, documentation]
        .filter(part => part !== "")
        .join("\n\n"),
    };
  }
  return undefined;
}
