import type { Seconds } from "./answers.js";
import { element, svgElement } from "./element.js";
import { duration, totalSeconds } from "./sentences.js";

const PARTS: readonly (keyof Seconds)[] = ["wait", "decode", "network", "head", "rank"];
/** Share of the bar below which a part would not be seen. */
const LEAST_SHARE = 0.005;

/** What a search took: a bar divided into its parts, and the parts in words. */
export function timesBar(seconds: Seconds): HTMLElement {
  const total = totalSeconds(seconds);
  const spent = PARTS.filter(part => seconds[part] > 0);
  const words = spent.map(part =>
    element("li", { class: part }, element("span", { class: "swatch" }), `${part} ${duration(seconds[part])}`),
  );
  return element(
    "div",
    { class: "times" },
    element("p", {}, "Answered in ", element("strong", {}, duration(total))),
    total > 0 ? bar(seconds, spent, total) : undefined,
    element("ul", {}, ...words),
  );
}

/** Of width 1; the words beside it say the same. */
function bar(seconds: Seconds, spent: readonly (keyof Seconds)[], total: number): SVGSVGElement {
  const drawing = svgElement("svg", { viewBox: "0 0 1 1", preserveAspectRatio: "none", "aria-hidden": "true" });
  let x = 0;
  for (const part of spent) {
    const width = seconds[part] / total;
    if (width >= LEAST_SHARE) drawing.append(svgElement("rect", { class: part, x, y: 0, width, height: 1 }));
    x += width;
  }
  return drawing;
}
