import type { Abortable } from "./abort.js";
import { checkAborted } from "./abort.js";

/** Settings of {@link mapAhead}. */
export interface MapAheadOptions extends Abortable {
  /** Values worked on before they are asked for; 1 or more. */
  readonly ahead: number;
}

/**
 * What `work` makes of each value, in order, made ahead of the consumer: no more than `ahead` are held or worked on, and
 * no more are taken from the source. Stopping early (break, return, an error) waits for what was begun.
 * @throws what the source or the work throws, when its turn comes
 */
export async function* mapAhead<In, Out>(
  source: Iterable<In> | AsyncIterable<In>,
  work: (value: In, place: number) => Promise<Out>,
  { ahead, signal }: MapAheadOptions,
): AsyncGenerator<Out, void> {
  const values = iteratorOf(source);
  const queue: Promise<Out>[] = [];
  let place = 0;
  let ended = false;
  try {
    for (;;) {
      checkAborted(signal);
      while (!ended && queue.length < ahead) {
        const next = await values.next();
        if (next.done === true) {
          ended = true;
          break;
        }
        const made = work(next.value, place++);
        made.catch(() => {}); // reported when its turn comes
        queue.push(made);
      }
      const first = queue.shift();
      if (first === undefined) return;
      yield await first;
    }
  } finally {
    await Promise.allSettled(queue);
    if (!ended) await values.return?.();
  }
}

function iteratorOf<T>(source: Iterable<T> | AsyncIterable<T>): Iterator<T> | AsyncIterator<T> {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
}
