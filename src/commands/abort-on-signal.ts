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
