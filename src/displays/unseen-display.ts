import type { Display } from "../core/display.js";
import type { UnseenStudy } from "../experiments/unseen-study.js";
import { rowsBundle } from "./rows-bundle.js";

/** Methods among classes never trained on: the table, what follows from it. */
export const unseenDisplay: Display<UnseenStudy> = {
  name: "unseen classes",
  is: (value): value is UnseenStudy => {
    const { results, protocols, verdict } = (value ?? {}) as UnseenStudy;
    return typeof verdict === "string" && Array.isArray(protocols) && Array.isArray(results?.[0]?.transfer);
  },
  mime: async study => {
    const { unseenRows } = await import("../experiments/unseen-study.js");
    return rowsBundle(unseenRows(study), [study.verdict]);
  },
};
