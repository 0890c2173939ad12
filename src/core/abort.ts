import { cellHost } from "./cell-host.js";

/** Work that can be ended early. */
export interface Abortable {
  /**
   * Ends the work early, with the signal's reason; what has been computed is kept where a later call can go on from it. In
   * our kernel, interrupting the cell does the same. Default: nothing else does.
   */
  readonly signal?: AbortSignal;
}

/** The signal of the running cell, which its interruption aborts; undefined outside of our kernel. */
export function currentSignal(): AbortSignal | undefined {
  return cellHost()?.signal;
}

/** Whether work is to end, by a signal of its own or that of the cell it belongs to. */
export function isAborted(signal?: AbortSignal): boolean {
  return signal?.aborted === true || currentSignal()?.aborted === true;
}

/** Ends work that is to end: throws the reason of {@link isAborted}. Called once a batch, a block, an image. */
export function checkAborted(signal?: AbortSignal): void {
  signal?.throwIfAborted();
  currentSignal()?.throwIfAborted();
}

/**
 * Calls back when work is to end, for what cannot ask.
 * @returns ends that
 */
export function onAbort(signal: AbortSignal | undefined, stop: () => void): () => void {
  const signals = [signal, currentSignal()].filter(one => one !== undefined);
  if (isAborted(signal)) stop();
  for (const one of signals) one.addEventListener("abort", stop);
  return () => {
    for (const one of signals) one.removeEventListener("abort", stop);
  };
}

/**
 * Does work that ends by itself when it is to end, and then puts something in order first: gives back a lock, finishes a
 * file. The interrupt of its cell lets it.
 */
export async function endingInOrder<T>(work: () => Promise<T>): Promise<T> {
  const forget = onAbort(undefined, () => {}); // the kernel gives time to who listens
  try {
    return await work();
  } finally {
    forget();
  }
}
