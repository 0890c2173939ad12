/** Style entries that say what holds anyway. */
const defaults = /\s*\b(?:opacity: 1|fill-opacity: 1|stroke-opacity: 1|vector-effect: none);/g;

/** A style attribute without defaults, and without a stroke of no width. */
function compactStyle(_match: string, style: string): string {
  let short = style.replace(defaults, "");
  if (/stroke-width: 0(?:px)?;/.test(short)) {
    short = short.replace(/\s*\bstroke(?:-width|-dasharray|-opacity)?: [^;]*;/g, "");
  }
  return short.trim() === "" ? "" : ` style="${short.trim()}"`;
}

function hex(_match: string, r: string, g: string, b: string): string {
  return `#${[r, g, b].map(part => Number(part).toString(16).padStart(2, "0")).join("")}`;
}

/** A run of round markers of one look, each `<path class="point" …>` with the same circle. */
const circleRun =
  /(?:<path class="point" transform="translate\([^)]*\)" style="[^"]*fill: (#\w{6});[^"]*" d="M([\d.]+),0A\2,\2 0 1,1 0,-\2A\2,\2 0 0,1 \2,0Z"\/>){4,}/g;
const circle = /transform="translate\(([-\d.]+),([-\d.]+)\)" style="([^"]*)"/g;

/** Many circles of one look as strokes of no length with round ends: 25 bytes a point, not 200. */
function compactCircles(run: string, colour: string, radius: string): string {
  const points = [...run.matchAll(circle)];
  const look = points[0][3];
  if (/stroke(?!-width)/.test(look) || points.some(point => point[3] !== look)) return run;
  const opacity = /(?:^|\s)opacity: ([\d.]+)/.exec(look)?.[1];
  const group = `<g fill="none" stroke="${colour}" stroke-width="${2 * Number(radius)}" stroke-linecap="round"${
    opacity === undefined ? "" : ` stroke-opacity="${opacity}"`
  }>`;
  const marks = points.map(([, x, y]) => `<path d="M${Number(x).toFixed(1)} ${Number(y).toFixed(1)}h0"/>`);
  return `${group}${marks.join("")}</g>`;
}

/**
 * Plotly's SVG without what draws nothing: empty groups, invisible hit areas, default styles, digits
 * below a hundredth of a px (of places: what is written, a tick of 0.005, keeps its digits); circles of scatter plots in short form. The picture stays the same.
 */
export function compactSvg(svg: string): string {
  let compact = svg
    .replace(/rgb\((\d+), (\d+), (\d+)\)/g, hex)
    .replace(/<[^>]*>/g, tag => tag.replace(/-?\d+\.\d{3,}/g, number => String(Number(Number(number).toFixed(2)))))
    .replace(/ style="([^"]*)"/g, compactStyle)
    .replace(circleRun, compactCircles)
    .replace(/<rect class="(?:legendtoggle|scrollbar)"[^>]*\/>/g, "")
    .replace(/<path(?: class="[^"]*")?(?: style="[^"]*")?(?: d="M0,0")?\/>/g, "");
  for (let length = Number.POSITIVE_INFINITY; compact.length < length; ) {
    length = compact.length;
    compact = compact.replace(/<(g|defs)(?: [^>]*[^/>])?(?:\/>|><\/\1>)/g, "");
  }
  return compact;
}
