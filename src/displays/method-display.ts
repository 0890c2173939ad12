import type { Display } from "../core/display.js";
import type { Method } from "../methods/method.js";
import type { Metric } from "../metrics/metric.js";
import { escapeHtml, tableHtml, tablePlain } from "../notebook/table.js";

/** A method: where it is from, and its options with bounds and defaults. */
export const methodDisplay: Display<Method> = {
  name: "method",
  is: (value): value is Method => {
    const { kind, name, title, options } = (value ?? {}) as Method;
    return (
      (kind === "trained" || kind === "fitted") && typeof name === "string" && !!title && typeof options === "object"
    );
  },
  async mime(method) {
    const { optionRows } = await import("../methods/option-rows.js"); // brings tensors, which a method has brought
    const rows = optionRows(method);
    const head = `${method.title} ("${method.name}", ${method.kind})`;
    const { source } = method;
    return {
      "text/html": `<div><b>${escapeHtml(head)}</b></div><p>${escapeHtml(source)}</p>${rows.length > 0 ? tableHtml(rows) : ""}`,
      "text/plain": [head, source, ...(rows.length > 0 ? [tablePlain(rows)] : [])].join("\n"),
    };
  },
};

/** A metric: its definition. */
export const metricDisplay: Display<Metric> = {
  name: "metric",
  is: (value): value is Metric => {
    const { name, definition, perQuery } = (value ?? {}) as Metric;
    return typeof name === "string" && typeof definition === "string" && typeof perQuery === "function";
  },
  mime: ({ name, definition }) => ({
    "text/html": `<div><b>${escapeHtml(name)}</b></div><p>${escapeHtml(definition)}</p>`,
    "text/plain": `${name}: ${definition}`,
  }),
};
