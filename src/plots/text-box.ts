import { textWidth } from "../core/typeface.js";
import { FALLBACK_WIDTH } from "./legend.js";

/** A rectangle as DOMRect has it, in px. */
export interface Box {
  x: number;
  y: number;
  left: number;
  top: number;
  right: number;
  bottom: number;
  width: number;
  height: number;
}

/** The part of a DOM element that measuring needs. */
export interface MeasuredElement {
  readonly tagName: string;
  readonly textContent: string | null;
  readonly children: ArrayLike<MeasuredElement>;
  readonly parentElement: MeasuredElement | null;
  getAttribute(name: string): string | null;
}

function box(left: number, top: number, width: number, height: number): Box {
  return { x: left, y: top, left, top, right: left + width, bottom: top + height, width, height };
}

function union(a: Box, b: Box): Box {
  const left = Math.min(a.left, b.left);
  const top = Math.min(a.top, b.top);
  return box(left, top, Math.max(a.right, b.right) - left, Math.max(a.bottom, b.bottom) - top);
}

/** `translate(x,y)rotate(angle,x,y)scale(k)` as the matrix [a, b, c, d, e, f] of SVG. */
type Matrix = readonly [number, number, number, number, number, number];
const identity: Matrix = [1, 0, 0, 1, 0, 0];

function multiply(m: Matrix, n: Matrix): Matrix {
  return [
    m[0] * n[0] + m[2] * n[1],
    m[1] * n[0] + m[3] * n[1],
    m[0] * n[2] + m[2] * n[3],
    m[1] * n[2] + m[3] * n[3],
    m[0] * n[4] + m[2] * n[5] + m[4],
    m[1] * n[4] + m[3] * n[5] + m[5],
  ];
}

function matrixOf(name: string, [x = 0, y, z = 0]: number[]): Matrix {
  if (name === "translate") return [1, 0, 0, 1, x, y ?? 0];
  if (name === "scale") return [x, 0, 0, y ?? x, 0, 0];
  const [cos, sin] = [Math.cos((x * Math.PI) / 180), Math.sin((x * Math.PI) / 180)];
  const turn: Matrix = [cos, sin, -sin, cos, 0, 0];
  return multiply([1, 0, 0, 1, y ?? 0, z], multiply(turn, [1, 0, 0, 1, -(y ?? 0), -z]));
}

function transformOf(element: MeasuredElement): Matrix {
  const steps = (element.getAttribute("transform") ?? "").matchAll(/(translate|rotate|scale)\(([^)]*)\)/g);
  let matrix = identity;
  for (const [, name, list] of steps) matrix = multiply(matrix, matrixOf(name, list.split(/[\s,]+/).map(Number)));
  return matrix;
}

/** The box around a transformed box. */
function transformBox(inner: Box, [a, b, c, d, e, f]: Matrix): Box {
  const corners = [inner.left, inner.right].flatMap(x => [inner.top, inner.bottom].map(y => [x, y]));
  const xs = corners.map(([x, y]) => a * x + c * y + e);
  const ys = corners.map(([x, y]) => b * x + d * y + f);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return box(left, top, Math.max(...xs) - left, Math.max(...ys) - top);
}

function fontSizeOf(element: MeasuredElement): number {
  const match = /font-size:\s*([\d.]+)px/.exec(element.getAttribute("style") ?? "");
  return match === null ? 12 : Number(match[1]);
}

function lineBox(element: MeasuredElement): Box {
  const fontSize = fontSizeOf(element);
  const lines = Array.from(element.children).filter(child => /\bline\b/.test(child.getAttribute("class") ?? ""));
  const texts = lines.length > 0 ? lines.map(line => line.textContent ?? "") : [element.textContent ?? ""];
  const width = FALLBACK_WIDTH * Math.max(...texts.map(text => textWidth(text, fontSize)));
  const anchor = element.getAttribute("text-anchor");
  const x = Number(element.getAttribute("x") ?? 0);
  const left = anchor === "middle" ? x - width / 2 : anchor === "end" ? x - width : x;
  // Arial rises 0.9 of its size above the baseline; plotly sets lines 1.3 apart.
  const top = Number(element.getAttribute("y") ?? 0) - 0.9 * fontSize;
  return box(left, top, width, fontSize * (1.15 + 1.3 * (texts.length - 1)));
}

/**
 * The box of an SVG element in its own coordinates where no browser measures it (`getBBox`): that of the
 * text in it, with room for the wider font of a reader who lacks ours. Shapes count as empty, as plotly only asks for the
 * size of text.
 */
export function measuredBox(element: MeasuredElement): Box {
  if (element.tagName.toLowerCase() === "text") return lineBox(element);
  const inside = Array.from(element.children)
    .map(child => transformBox(measuredBox(child), transformOf(child)))
    .filter(b => b.width > 0);
  return inside.length === 0 ? box(0, 0, 0, 0) : inside.reduce(union);
}

/** The same in page coordinates (`getBoundingClientRect`), every picture lying at (0, 0). */
export function measuredClientBox(element: MeasuredElement): Box {
  let result = transformBox(measuredBox(element), transformOf(element));
  for (let outer = element.parentElement; outer; outer = outer.parentElement) {
    result = transformBox(result, transformOf(outer));
  }
  return result;
}
