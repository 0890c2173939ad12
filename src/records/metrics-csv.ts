import { join } from "node:path";
import { openAppendOnly } from "./append-only-file.js";
import type { CourseRow } from "./course-rows.js";
import { COURSE_METRICS } from "./course-rows.js";

const HEADER = `step,epoch,${COURSE_METRICS.join(",")}\n`;

/** metrics.csv of a run: a line a step, empty where a value is measured once an epoch only. */
export interface MetricsCsv {
  /**
   * Whether it holds the beginning of this course, or more of the same.
   * @param rows all so far
   * @param isWhole whether there will be no more: then it may not hold more either
   */
  isOf(rows: readonly CourseRow[], isWhole: boolean): boolean;
  /** Appends the rows that are not in it yet, of a course that it is of. */
  follow(rows: readonly CourseRow[]): Promise<void>;
  /** Begins anew with some rows. */
  restart(rows: readonly CourseRow[]): Promise<void>;
}

/** Opens metrics.csv in the folder of a run, to go on with what is there; a line that a kill has torn is cut off. */
export async function openMetricsCsv(folder: string): Promise<MetricsCsv> {
  const file = await openAppendOnly(join(folder, "metrics.csv"), bytes => bytes.lastIndexOf("\n") + 1);
  return {
    isOf(rows, isWhole) {
      const all = textOf(rows);
      const { content } = file;
      if (content.length > all.length) return !isWhole && content.subarray(0, all.length).equals(all);
      return content.equals(all.subarray(0, content.length));
    },
    async follow(rows) {
      const missing = textOf(rows).subarray(file.content.length);
      if (missing.length > 0) await file.append(missing);
    },
    restart: rows => file.replace(textOf(rows)),
  };
}

function textOf(rows: readonly CourseRow[]): Buffer {
  return Buffer.from(HEADER + rows.map(lineOf).join(""));
}

function lineOf({ step, epoch, values }: CourseRow): string {
  return `${[step, epoch, ...COURSE_METRICS.map(name => values[name] ?? "")].join(",")}\n`;
}
