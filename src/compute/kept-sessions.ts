import { createHash } from "node:crypto";

/** What a model runs in. */
interface Session {
  release(): Promise<void>;
}

/** A session in use, and what to do when it no longer is. */
export interface BorrowedSession<S> {
  readonly session: S;
  giveBack(): Promise<void>;
}

/**
 * Sessions that nobody uses just now, by the bytes of their models: trainings of one study differ in their values, seldom
 * in their graphs, and to optimise a graph anew takes as long as some steps.
 */
export class KeptSessions<S extends Session> {
  private readonly idle: Map<string, S> = new Map();

  /** @param most sessions that are kept; 0: none, each is released by who has used it */
  constructor(private readonly most: number) {}

  /** A session of the model that nobody else has. @param make makes one where none is kept */
  async borrow(model: Uint8Array, make: () => Promise<S>): Promise<BorrowedSession<S>> {
    if (this.most === 0) {
      const session = await make();
      return { session, giveBack: () => session.release() };
    }
    const key = createHash("sha256").update(model).digest("hex");
    const known = this.idle.get(key);
    this.idle.delete(key);
    const session = known ?? (await make());
    return { session, giveBack: () => this.keep(key, session) };
  }

  /** Keeps a session as the newest; lets the oldest go where there are too many. */
  private async keep(key: string, session: S): Promise<void> {
    const same = this.idle.get(key); // another of the same model was in use at the same time
    this.idle.delete(key);
    this.idle.set(key, session);
    await same?.release();
    if (this.idle.size <= this.most) return;
    const [oldest, released] = this.idle.entries().next().value as [string, S];
    this.idle.delete(oldest);
    await released.release();
  }
}
