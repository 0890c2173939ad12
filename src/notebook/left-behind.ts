import type { CellReply } from "./cell-request.js";
import type { CellOptions, Kernel } from "./kernel.js";

/** Seconds for which a kernel may be at work after its last cell. */
const PATIENCE = 2;

/**
 * A cell, shown to nobody, that ends when nothing that earlier ones started keeps the process at work: timers, requests,
 * child processes. Its own timers do not count, as they are unreferenced.
 */
const WAIT = `await new Promise<void>((done, fail) => {
  const until = performance.now() + ${1000 * PATIENCE};
  const look = () => {
    const work = process.getActiveResourcesInfo().filter(kind => /^(Timeout|Immediate|FSReq|ProcessWrap|TCP|GetAddrInfo|HTTP)/.test(kind));
    if (work.length === 0) done();
    else if (performance.now() > until) fail(new Error(work.join(" ")));
    else setTimeout(look, 20).unref();
  };
  look();
});`;

/**
 * Waits, for a while, until what cells have started and not awaited is over.
 * @returns whether it is
 * @throws {NotebookError} when the kernel dies of it
 */
export async function waitForLeftBehind(kernel: Kernel, { signal }: Pick<CellOptions, "signal">): Promise<boolean> {
  const reply: CellReply = await kernel.execute(WAIT, { silent: true, timeout: 3 * PATIENCE, signal });
  return reply.status === "ok";
}
