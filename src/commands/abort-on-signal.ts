/** Aborts at the first Ctrl-C or termination; a second Ctrl-C ends the process at once, and what it has started with it. */
export function abortOnSignal(): { signal: AbortSignal; forget(): void } {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(130);
    process.stderr.write("\nstopping; once more to stop at once\n");
    controller.abort(new Error(`interrupted by ${name}`));
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  return { signal: controller.signal, forget: () => process.off("SIGINT", stop).off("SIGTERM", stop) };
}

/**
 * Does work that Ctrl-C and termination abort; it then says so, and the exit code is 130.
 * @param left what becomes of what was done, in words, or what says it when it has ended
 * @returns undefined when it was stopped
 */
export async function stopOnSignal<T>(
  work: (signal: AbortSignal) => Promise<T>,
  left: string | (() => string | Promise<string>),
): Promise<T | undefined> {
  const { signal, forget } = abortOnSignal();
  try {
    return await work(signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stderr.write(`hashbook: ${(error as Error).message}; ${typeof left === "string" ? left : await left()}\n`);
    process.exitCode = 130;
    return undefined;
  } finally {
    forget();
  }
}

/**
 * Ends the process at Ctrl-C or termination, unless a command stops by itself ({@link abortOnSignal}), with what was
 * registered for its exit: locks and temporary folders go. What a later call can continue stays.
 */
export function endOnSignals(): void {
  for (const [name, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
    process.on(name, () => {
      if (process.listenerCount(name) === 1) process.exit(code);
    });
  }
}
