import { join } from "node:path";
import { openAppendOnly } from "./append-only-file.js";
import type { CourseRow } from "./course-rows.js";
import { COURSE_METRICS } from "./course-rows.js";

const HEADER = `step,epoch,${COURSE_METRICS.join(",")}\n`;

/** metrics.csv of a run: a line a step, empty where a value is measured once an epoch only. */
export interface MetricsCsv {
  /**
   * Appends the rows that are not in it yet.
   * @param rows all so far
   * @param isWhole whether there will be no more
   * @returns false when what it held was of another course, and it was begun anew
   */
  follow(rows: readonly CourseRow[], isWhole: boolean): Promise<boolean>;
}

/** Opens metrics.csv in the folder of a run, to go on with what is there; a line that a kill has torn is cut off. */
export async function openMetricsCsv(folder: string): Promise<MetricsCsv> {
  const file = await openAppendOnly(join(folder, "metrics.csv"), bytes => bytes.lastIndexOf("\n") + 1);
  return {
    async follow(rows, isWhole) {
      const all = Buffer.from(HEADER + rows.map(lineOf).join(""));
      const { content } = file;
      const shared = Math.min(content.length, all.length);
      const isLonger = isWhole && content.length > all.length;
      if (isLonger || !content.subarray(0, shared).equals(all.subarray(0, shared))) {
        await file.replace(all);
        return false;
      }
      if (all.length > content.length) await file.append(all.subarray(content.length));
      return true;
    },
  };
}

function lineOf({ step, epoch, values }: CourseRow): string {
  return `${[step, epoch, ...COURSE_METRICS.map(name => values[name] ?? "")].join(",")}\n`;
}
