/** Steps an engine call at least: what a call costs is small beside so many. */
const LEAST = 16;
/** And at most: so many dropout masks are drawn before a call. */
const MOST = 64;
/** Parameters × items of a batch that a call takes, so that it is over within half a second on two cores, progress shows and Ctrl-C is heard. */
const WORK = 4e9;

/**
 * How many steps an engine is asked for in one call. The numbers are the same whatever it is; but each call of onnxruntime
 * copies the state in and out, which of a small head takes as long as several steps.
 * @param batch items a step
 * @param parameters numbers that are trained
 * @returns 16..64
 */
export function stepsACall(batch: number, parameters: number): number {
  return Math.max(LEAST, Math.min(MOST, Math.floor(WORK / (batch * parameters))));
}
