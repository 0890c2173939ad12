import { existsSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Where a frame of a stack is, lines and columns counted from 1. */
export interface StackFrame {
  /** Name of the function, with "async " before it where it was awaited; empty where it has none. */
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A place in a text somebody wrote. */
export interface SourcePlace {
  readonly source: string;
  readonly line: number;
  readonly column: number;
}

const FRAME = /^\s+at (?:(.*?) \(|async )?((?:file:\/\/)?\/.*?|[A-Za-z]:\\.*?):(\d+):(\d+)\)?$/;

/** The frames of an error's stack that are places in files; those of Node itself and of native code are not. */
export function framesOf(stack: string): StackFrame[] {
  const frames: StackFrame[] = [];
  for (const text of stack.split("\n")) {
    const [, name = "", file, line, column] = FRAME.exec(text) ?? [];
    if (file === undefined) continue;
    const path = file.startsWith("file://") ? fileURLToPath(file) : file;
    frames.push({ name, file: path, line: Number(line), column: Number(column) });
  }
  return frames;
}

/** Opens a source map, which takes as long as compiling a small cell; undefined where it cannot be read as one. */
export function openSourceMap(json: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(json));
  } catch {
    return undefined;
  }
}

/** The place in the source from which a place in code was made; undefined where the map does not say. */
export function sourcePlace(map: SourceMap | undefined, line: number, column: number): SourcePlace | undefined {
  const entry = map?.findEntry(line - 1, column - 1);
  if (entry === undefined || !("originalLine" in entry) || entry.originalLine === undefined) return undefined;
  return { source: entry.originalSource, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
}

/** Finds the sources of JavaScript files that have a map beside them, each map read once. */
export class FileMaps {
  private readonly maps = new Map<string, SourceMap | undefined>();

  /** @param map JSON of a file that has none beside it */
  add(file: string, map: string): void {
    this.maps.set(file, openSourceMap(map));
  }

  /** A frame's place as people write it: "src/training/train-head.ts:120:7". */
  placeText({ file, line, column }: StackFrame): string {
    const place = sourcePlace(this.mapOf(file), line, column);
    if (place === undefined) return `${shownPath(file)}:${line}:${column}`;
    return `${shownPath(resolve(dirname(file), place.source))}:${place.line}:${place.column}`;
  }

  private mapOf(file: string): SourceMap | undefined {
    if (!this.maps.has(file)) {
      const map = `${file}.map`;
      this.maps.set(file, existsSync(map) ? openSourceMap(readFileSync(map, "utf8")) : undefined);
    }
    return this.maps.get(file);
  }
}

/** A path from the working directory, where that is the shorter way to say it. */
function shownPath(path: string): string {
  const modules = path.lastIndexOf("/node_modules/");
  if (modules >= 0) return path.slice(modules + 1);
  const below = relative(process.cwd(), path);
  return below.length < path.length ? below : path;
}
