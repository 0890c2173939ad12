/** What stops JavaScript that does not return to the event loop. */
export interface Terminator {
  /** Stops what the cells' thread is executing, or the next thing it executes; resolves when that has happened. */
  terminate(): Promise<void>;
  disconnect(): void;
}

export interface InsistOptions {
  /** Tells the cells' thread that it is to stop the cell; may be called often. */
  tell: () => void;
  connect: () => Terminator;
  /** Milliseconds in which the cell may stop by itself. Default: 150. */
  patience?: number;
}

/** Milliseconds between two tries. */
const AGAIN = 50;

function within(milliseconds: number, event: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout;
  const late = new Promise<boolean>(resolve => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  return Promise.race([event.then(() => true), late]).finally(() => clearTimeout(timer));
}

/**
 * Interrupts a cell until it has ended: by asking, then by terminating what runs. A termination that comes when nothing
 * runs strikes the next thing instead; so this resolves only when none is on its way, and until then tells again, for it to
 * have something to strike.
 * @param ended resolves when the cell has ended
 */
export async function insist(ended: Promise<unknown>, options: InsistOptions): Promise<void> {
  const { tell, connect, patience = 150 } = options;
  tell();
  if (await within(patience, ended)) return;
  const terminator = connect();
  try {
    for (let over = false; !over; ) {
      const struck = terminator.terminate();
      do tell();
      while (!(await within(AGAIN, struck)));
      tell();
      over = await within(AGAIN, ended);
    }
  } finally {
    terminator.disconnect();
  }
}
