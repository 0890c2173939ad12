import { isAborted } from "../core/abort.js";
import { InputError, UsageError } from "../core/errors.js";
import type { RankingBackend } from "./ranking-backend.js";

/**
 * A backend that nobody asked for by name, with another that takes over when it fails: drivers fail with errors of every
 * kind, and in the middle of the work too (out of memory, a lost device). Both give the same rankings, so that nothing is
 * lost but time; what has been given is not given again. What is wrong with the work itself, and a wish to stop, is no
 * failure of the device.
 * @param preferred is closed when it fails, or with the whole
 * @param other takes over, and is not closed
 * @param say is told once, in a sentence. Default: a line on stderr
 */
export function fallbackRanking(
  preferred: RankingBackend,
  other: RankingBackend,
  say: (sentence: string) => void = sentence => process.stderr.write(`${sentence}\n`),
): RankingBackend {
  let current = preferred;
  const giveUp = (cause: unknown, signal: AbortSignal | undefined): void => {
    if (isAborted(signal) || cause instanceof InputError || cause instanceof UsageError) throw cause;
    if (current !== preferred) return;
    current = other;
    closeQuietly(preferred);
    const reason = (cause instanceof Error ? cause.message : String(cause)).split("\n")[0];
    say(`${preferred.description} failed while it ranked (${reason}); going on with ${other.description}`);
  };
  const attempt = async <T>(run: (backend: RankingBackend) => Promise<T>, signal?: AbortSignal): Promise<T> => {
    if (current === other) return run(other);
    try {
      return await run(preferred);
    } catch (cause) {
      giveUp(cause, signal);
      return run(other);
    }
  };
  return {
    get name() {
      return current.name;
    },
    get description() {
      return current.description;
    },
    groups: "distances",
    nearest: (sides, options) => attempt(backend => backend.nearest(sides, options), options?.signal),
    within: (sides, options) => attempt(backend => backend.within(sides, options), options?.signal),
    async *rankings(sides, options) {
      let given = 0;
      if (current === preferred) {
        try {
          for await (const ranking of preferred.rankings(sides, options)) {
            yield ranking;
            given++;
          }
          return;
        } catch (cause) {
          giveUp(cause, options?.signal);
        }
      }
      let query = 0;
      for await (const ranking of other.rankings(sides, options)) if (query++ >= given) yield ranking;
    },
    close() {
      if (current === preferred) closeQuietly(preferred);
    },
  };
}

/** A device that has failed may fail to close too; what counts is why it is given up. */
export function closeQuietly(backend: RankingBackend): void {
  try {
    backend.close();
  } catch {}
}
