/**
 * Does a piece of work for each item, so many at a time, in order. When one fails no other is begun, those that run are
 * waited for, and the first fault is thrown.
 * @param workers at a time, 1 or more
 */
export async function workInPool<T>(
  items: readonly T[],
  workers: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const faults: unknown[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length && faults.length === 0) {
      try {
        await work(items[next++]);
      } catch (fault) {
        faults.push(fault);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, items.length) }, worker));
  if (faults.length > 0) throw faults[0];
}
