/** Seconds that a rate is of: what happened before says little of now, as tasks begin and end. */
const WINDOW = 60;

/** Measures the rate of work that is looked at now and then, over the last minute. */
export interface RecentRate {
  /** @param done units, at a moment of `seconds` @returns units a second; 0 until there is something to say */
  at(done: number, seconds: number): number;
}

/** A new {@link RecentRate}. */
export function recentRate(): RecentRate {
  const looks: { readonly done: number; readonly seconds: number }[] = [];
  return {
    at(done, seconds) {
      looks.push({ done, seconds });
      while (looks.length > 2 && seconds - looks[1].seconds >= WINDOW) looks.shift();
      const [first] = looks;
      const passed = seconds - first.seconds;
      // What is begun anew may count less than before.
      return passed > 0 ? Math.max(0, done - first.done) / passed : 0;
    },
  };
}
