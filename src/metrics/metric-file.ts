import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { HashbookError, InputError } from "../core/errors.js";
import type { Metric } from "./metric.js";
import { defineMetric } from "./metric.js";

/** What the function of a metric file is given. */
export interface MetricTools {
  readonly defineMetric: typeof defineMetric;
}

/** Whether a metric is named by a file of JavaScript. */
export function isMetricFile(name: string): boolean {
  return /\.[cm]?js$/.test(name);
}

/**
 * The metric of a file of one's own: `export default ({ defineMetric }) => defineMetric({ … })`. It needs no import of
 * ours, so it may lie anywhere.
 * @throws {InputError} when the file cannot be loaded, or gives no metric
 */
export async function metricOfFile(file: string): Promise<Metric> {
  const expected = "export default ({ defineMetric }) => defineMetric({ name, definition, perQuery })";
  const make: unknown = (await importModule(file)).default;
  if (typeof make !== "function") {
    throw new InputError("this is no file of a metric", {
      file,
      expected,
      actual: `a default export that is ${typeof make}`,
    });
  }
  try {
    return defineMetric(await make({ defineMetric } satisfies MetricTools));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`it gives no metric: ${message}`, {
      file,
      cause,
      ...(cause instanceof HashbookError ? {} : { expected }),
    });
  }
}

async function importModule(file: string): Promise<{ default?: unknown }> {
  try {
    return (await import(pathToFileURL(resolve(file)).href)) as { default?: unknown };
  } catch (cause) {
    const actual = cause instanceof Error ? cause.message : String(cause);
    throw new InputError("the file of a metric cannot be loaded", {
      file,
      expected: "a module of JavaScript",
      actual,
      cause,
    });
  }
}
