type Names = Record<string, unknown>;

/** As compiled cells call it, first thing: a name they declare, how to read it, and how to write it where that is allowed. */
export type Bind = (name: string, get: () => unknown, set?: (value: unknown) => void) => void;

/** The names that cells have bound; compiled cells reach them as properties of `names`. */
export class CellNames {
  /** No prototype, so that a name of a cell is never one of Object's. */
  readonly names: Names = Object.create(null) as Names;

  /**
   * For one run of a cell.
   * @returns `bind` for the cell; `keep`, to be called when it has ended, however it did: binds what the cell has reached,
   *   and returns these names
   */
  open(): { bind: Bind; keep(): string[] } {
    const declared = new Map<string, PropertyDescriptor>();
    const bind: Bind = (name, get, set) => {
      const refuse = (): never => {
        throw new TypeError(`Assignment to constant variable: ${name}`);
      };
      declared.set(name, { get, set: set ?? refuse, enumerable: true, configurable: true });
    };
    const keep = (): string[] => {
      const kept = [...declared].filter(([, { get }]) => isReached(get!));
      for (const [name, descriptor] of kept) Object.defineProperty(this.names, name, descriptor);
      return kept.map(([name]) => name);
    };
    return { bind, keep };
  }
}

/** Whether the declaration has been run: before it, reading the variable throws. */
function isReached(get: () => unknown): boolean {
  try {
    get();
    return true;
  } catch {
    return false;
  }
}
