/** What stops JavaScript that does not return to the event loop. */
export interface Terminator {
  /** Stops what the cells' thread is executing, or the next thing it executes; resolves when that has happened. */
  terminate(): Promise<void>;
  disconnect(): void;
}

export interface InsistOptions {
  /** Tells the cells' thread that it is to stop the cell; may be called often. */
  tell: () => void;
  /** Resolves at the thread's next sign that it has heard it. */
  heard: () => Promise<void>;
  /** Told after each termination. */
  struck: () => void;
  /** Undefined where nothing may be terminated: then the cell ends when it hears of the interrupt. */
  connect: (() => Terminator) | undefined;
  /** Told once that nothing more can be done. */
  giveUp: () => void;
  /** Milliseconds in which the thread must hear it. Default: 300. */
  patience?: number;
  /** Milliseconds in which, having heard it, the cell may keep what it has computed. Default: 3000. */
  grace?: number;
}

/** Milliseconds between two tries to give a termination something to strike. */
const AGAIN = 20;

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
  const { connect, tell, patience = 300, grace = 3000 } = options;
  let terminator: Terminator | undefined;
  try {
    for (;;) {
      const sign = Promise.race([options.heard(), ended]);
      tell();
      if ((await within(patience, sign)) && (await within(grace, ended))) return;
      if (connect === undefined) {
        options.giveUp();
        await ended;
        return;
      }
      terminator ??= connect();
      const struck = terminator.terminate();
      do tell();
      while (!(await within(AGAIN, struck)));
      options.struck();
    }
  } finally {
    terminator?.disconnect();
  }
}
