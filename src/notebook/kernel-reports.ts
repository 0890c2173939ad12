/**
 * What a kernel says of itself past the notebook protocol, on the pipe by which it sees that we live: a line of JSON each.
 * The pipe loses nothing, not even what is said just before a cell blocks the kernel or ends it.
 */
export type KernelReport =
  /** The kernel has taken a cell, before anything of it runs; and has nothing left to do at once for it. */
  { event: "begun" | "rested"; cell: string } | LateReport;

/** Something was thrown, or rejected, where no one waits for it: by a timer, a promise without `await`. */
export interface LateReport {
  event: "late";
  /** The cell that it comes from, or else the last that had begun. */
  cell: string;
  trace: string;
  /** Whether it is known to come from that cell. */
  known: boolean;
}

/** The value of HASHBOOK_KERNEL_PIPE for a kernel that nobody listens to in this way. */
export const NO_PIPE = "none";

/** Takes text as it comes and gives the reports in it. */
export function reportReader(receive: (report: KernelReport) => void): (text: string) => void {
  let rest = "";
  return text => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) receive(JSON.parse(line) as KernelReport);
  };
}
