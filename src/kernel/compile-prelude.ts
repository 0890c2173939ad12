import { IS_ASSIGNABLE, type LiveKind } from "./compile-names.js";

/** A name that an earlier cell has bound, and the cell that did so last. */
export interface LiveName {
  name: string;
  kind: LiveKind;
  /** Specifier of that cell's file. */
  from: string;
}

/**
 * How a cell's file learns of the names of earlier ones: imports, types, classes and namespaces with all that they are. What
 * can be assigned to is no import, for to imports nothing can be.
 * @param augmenting specifiers of cells that add to what is known everywhere (`declare global`)
 */
export function preludeOf(names: Iterable<LiveName>, augmenting: Iterable<string>): string {
  const imports = new Map<string, string[]>();
  for (const from of augmenting) imports.set(from, []);
  const lines: string[] = [];
  for (const { name, kind, from } of names) {
    if (IS_ASSIGNABLE[kind]) lines.push(`declare let ${name}: typeof import("${from}").${name};`);
    else imports.set(from, [...(imports.get(from) ?? []), name]);
  }
  for (const [from, imported] of imports) {
    lines.push(`import { ${imported.join(", ")} } from "${from}";`);
  }
  return lines.join(" ");
}

/** How a cell's file gives its names to later ones. */
export function exportsOf(names: Iterable<string>): string {
  return `export { ${[...names].join(", ")} };`;
}

/** Whether a text can mean a name: whatever it does not contain, it does not. */
export function mentions(source: string): (name: string) => boolean {
  const words = new Set(source.match(/[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/gu));
  // A name can be written with escapes, which nobody does; then all names are taken to be meant.
  return source.includes("\\u") ? () => true : name => words.has(name);
}
