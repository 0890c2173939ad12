import { isPlainObject } from "../core/shown-value.js";

/**
 * Plain values as YAML that readers of version 1.1 (PyYAML) and 1.2 (ruamel, DVC) take alike: texts are quoted, and numbers
 * with an exponent have a point.
 */
export function yamlText(value: Readonly<Record<string, unknown>>): string {
  return linesOf(value, "").join("");
}

function linesOf(group: Readonly<Record<string, unknown>>, indent: string): string[] {
  return Object.entries(group).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const key = `${indent}${/^[A-Za-z]\w*$/.test(name) && !RESERVED.test(name) ? name : JSON.stringify(name)}:`;
    if (isList(value)) return [`${key}\n`, ...value.flatMap(item => itemLines(item, indent))];
    if (!isPlainObject(value) || Object.keys(value).length === 0) return [`${key} ${scalar(value)}\n`];
    return [`${key}\n`, ...linesOf(value, `${indent}  `)];
  });
}

/** Whether a value is a list of groups, each of which has lines of its own. */
function isList(value: unknown): value is readonly Readonly<Record<string, unknown>>[] {
  const isGroup = (item: unknown): boolean => isPlainObject(item) && Object.keys(item).length > 0;
  return Array.isArray(value) && value.length > 0 && value.every(isGroup);
}

/** A group of a list: its first line has the "-". */
function itemLines(item: Readonly<Record<string, unknown>>, indent: string): string[] {
  const [first, ...others] = linesOf(item, `${indent}    `);
  return [`${indent}  - ${first.trimStart()}`, ...others];
}

/** Words that YAML 1.1 takes for something else than a text. */
const RESERVED = /^(y|n|yes|no|on|off|true|false|null)$/i;

function scalar(value: unknown): string {
  if (typeof value === "number") return numberText(value);
  if (Array.isArray(value)) return `[${value.map(scalar).join(", ")}]`;
  return JSON.stringify(value) ?? "null";
}

function numberText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? ".nan" : value > 0 ? ".inf" : "-.inf";
  return String(value).replace(/^(-?\d+)e/, "$1.0e");
}
