import type { Display } from "../core/display.js";
import { countText } from "../core/size-text.js";
import type { Split } from "../datasets/roles.js";
import { isSplit, roleNotes } from "./class-facts.js";
import { summaryBundle } from "./summary.js";

/** Rows by role: how many of each, by which rule. */
export const splitDisplay: Display<Split> = {
  name: "split",
  is: isSplit,
  mime: split => {
    const { query, train, database, protocol, seed, name } = split;
    return summaryBundle({
      title: "Split",
      about: `${countText(query.length)} queries in a database of ${countText(database.length)}`,
      facts: { rule: protocol, protocol: name, seed: String(seed), ...countsOf({ query, train, database }) },
      notes: roleNotes(split),
    });
  },
};

function countsOf(roles: Readonly<Record<string, Int32Array>>): Record<string, string> {
  return Object.fromEntries(Object.entries(roles).map(([role, rows]) => [role, `${countText(rows.length)} rows`]));
}
