import { type CellOutput, joinedText } from "../../src/notebook/nbformat.js";

/** What a cell printed. */
export const printed = (outputs: readonly CellOutput[]): string =>
  outputs.map(output => (output.output_type === "stream" ? joinedText(output.text) : "")).join("");
