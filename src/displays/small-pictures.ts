// Pictures of a few KiB beside the facts of a summary: SVG in the page, in its colour of text, so light and dark alike.
import { countText } from "../core/size-text.js";
import { escapeHtml } from "../notebook/table.js";

/** Blue of the palette of Okabe and Ito, which is seen on white and on black. */
const BLUE = "#0072B2";
const LIGHT_BLUE = "#56B4E9";
/** Of a curve and of bars, in px; letters are set in the margins. */
const SIZE = { width: 240, height: 96, left: 34, bottom: 16, top: 6, right: 6 };

function svg(width: number, height: number, label: string, content: string): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `role="img" aria-label="${escapeHtml(label)}" font-family="sans-serif" font-size="10" fill="currentColor">` +
    `${content}</svg>`
  );
}

function text(x: number, y: number, anchor: "start" | "middle" | "end", content: string): string {
  return `<text x="${tenths(x)}" y="${tenths(y)}" text-anchor="${anchor}" opacity="0.75">${escapeHtml(content)}</text>`;
}

const tenths = (value: number): number => Math.round(10 * value) / 10;

/** A curve with the ends of its axes. */
export interface SmallCurve {
  /** What is drawn, for those who cannot see it. */
  readonly label: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Ends of the axes. Default: from 0, or the least value below it, to the largest. */
  readonly xRange?: readonly [number, number];
  readonly yRange?: readonly [number, number];
  readonly xName: string;
}

/** Points that are drawn: more than there are px. */
const MOST_POINTS = 300;

/** A line in a frame, its ends named; undefined where there are fewer than two points. */
export function curveSvg({ label, x, y, xName, ...ranges }: SmallCurve): string | undefined {
  const every = Math.max(1, Math.ceil(x.length / MOST_POINTS));
  const places = Array.from(x.keys()).filter(
    i => (i % every === 0 || i === x.length - 1) && Number.isFinite(x[i]) && Number.isFinite(y[i]),
  );
  if (places.length < 2) return undefined;
  const xRange = ranges.xRange ?? rangeOf(places.map(i => x[i]));
  const yRange = ranges.yRange ?? rangeOf(places.map(i => y[i]));
  const { width, height, left, bottom, top, right } = SIZE;
  const across = (value: number): number =>
    left + ((value - xRange[0]) / (xRange[1] - xRange[0])) * (width - left - right);
  const along = (value: number): number =>
    height - bottom - ((value - yRange[0]) / (yRange[1] - yRange[0])) * (height - bottom - top);
  const points = places.map(i => `${tenths(across(x[i]))},${tenths(along(y[i]))}`).join(" ");
  const content = [
    `<path d="M${left},${top}V${height - bottom}H${width - right}" fill="none" stroke="currentColor" opacity="0.4"/>`,
    `<polyline points="${points}" fill="none" stroke="${BLUE}" stroke-width="2" stroke-linejoin="round"/>`,
    text(left - 4, top + 8, "end", endText(yRange[1])),
    text(left - 4, height - bottom, "end", endText(yRange[0])),
    text(left, height - 4, "start", endText(xRange[0])),
    text((left + width - right) / 2, height - 4, "middle", xName),
    text(width - right, height - 4, "end", endText(xRange[1])),
  ];
  return svg(width, height, label, content.join("")) + caption(label);
}

/** From 0 where nothing is below; never of no width. */
function rangeOf(values: readonly number[]): [number, number] {
  const least = Math.min(0, ...values);
  const largest = Math.max(...values);
  return [least, largest > least ? largest : least + 1];
}

const endText = (value: number): string => String(Number(value.toPrecision(3)));

/** A bar for each count, as many as there is room for. */
export function barsSvg(label: string, names: readonly string[], counts: readonly number[]): string | undefined {
  if (counts.length < 2) return undefined;
  const { width, height, left, top, right } = SIZE;
  const bottom = 4;
  const most = Math.max(1, ...counts);
  const shown = counts.slice(0, width - left - right);
  const step = Math.min(20, (width - left - right) / shown.length);
  const bars = shown.map((count, i) => {
    const high = (count / most) * (height - bottom - top);
    const place = `x="${tenths(left + i * step)}" y="${tenths(height - bottom - high)}"`;
    const size = `width="${tenths(Math.max(0.8, step * 0.8))}" height="${tenths(high)}"`;
    return `<rect ${place} ${size} fill="${BLUE}"><title>${escapeHtml(names[i])}: ${countText(count)}</title></rect>`;
  });
  const content = [
    ...(shown.length > 60 ? bars.map(bar => bar.replace(/><title>.*<\/title><\/rect>/, "/>")) : bars),
    text(left - 4, top + 8, "end", countText(most)),
    text(left - 4, height - bottom, "end", "0"),
  ];
  return svg(width, height, label, content.join("")) + caption(label);
}

/** The bits of codes, a row a code: a dark square is a 1. @param rows bits of each row, 0 or 1 */
export function bitsSvg(label: string, rows: readonly (readonly number[])[]): string {
  const bits = rows[0]?.length ?? 0;
  const side = Math.max(2, Math.min(7, Math.floor(384 / bits)));
  const runs = rows.flatMap((row, r) =>
    row.flatMap((bit, b) => (bit === 1 ? [`M${b * side},${r * side}h${side - 1}v${side - 1}h-${side - 1}z`] : [])),
  );
  const [width, height] = [bits * side, rows.length * side];
  const ground = `<rect width="${width}" height="${height}" fill="${LIGHT_BLUE}" opacity="0.25"/>`;
  return svg(width, height, label, `${ground}<path d="${runs.join("")}" fill="${BLUE}"/>`) + caption(label);
}

/** A JPEG with its name, which shows when one points at it. */
export interface NamedPicture {
  readonly name: string;
  readonly jpeg: Uint8Array;
}

/** Pictures side by side. */
export function picturesHtml(label: string, pictures: readonly NamedPicture[]): string {
  const images = pictures.map(({ name, jpeg }) => {
    const base64 = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength).toString("base64");
    const named = `alt="${escapeHtml(name)}" title="${escapeHtml(name)}"`;
    return `<img src="data:image/jpeg;base64,${base64}" ${named} style="display:inline-block;margin:2px">`;
  });
  return `<div style="max-width:250px">${images.join("")}</div>${caption(label)}`;
}

function caption(label: string): string {
  return `<div style="font-size:85%;opacity:0.75">${escapeHtml(label)}</div>`;
}
