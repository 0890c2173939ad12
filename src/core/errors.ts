/** What every error of ours carries; `kind` tells them apart without `instanceof`. */
export interface ErrorDetails {
  /** The file the problem is in, when it is in one. */
  file?: string;
  /** What was expected, in words that follow "expected". */
  expected?: string;
  /** What was found instead, in words that follow "found". */
  actual?: string;
  cause?: unknown;
}

/** Base of all errors this project throws on purpose. The message is for the user; it says what to do. */
export abstract class HashbookError extends Error {
  abstract readonly kind: "input" | "usage" | "engine" | "unavailable" | "notebook" | "write";
  readonly file: string | undefined;
  readonly expected: string | undefined;
  readonly actual: string | undefined;

  constructor(message: string, details: ErrorDetails = {}) {
    const parts = [details.file === undefined ? message : `${details.file}: ${message}`];
    if (details.expected !== undefined) parts.push(`expected ${details.expected}`);
    const actual = details.actual === undefined ? undefined : withoutPath(details.actual);
    if (actual !== undefined) parts.push(`found ${actual}`);
    super(parts.join("; "), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.file = details.file;
    this.expected = details.expected;
    this.actual = actual;
  }
}

/** What Node says of a file, without the path once more: "no such file or directory (ENOENT)". */
function withoutPath(actual: string): string {
  return actual.replace(/^(E[A-Z0-9]+): ([^,]+), \w+(?: '.*')?$/s, "$2 ($1)");
}

/** A file, array or value is not what it must be: exit code 1. */
export class InputError extends HashbookError {
  readonly kind = "input" as const;
}

/** A command or an option is used wrongly: exit code 2. */
export class UsageError extends HashbookError {
  readonly kind = "usage" as const;
}

/** A tensor function cannot be compiled or run by an engine: exit code 1. */
export class EngineError extends HashbookError {
  readonly kind = "engine" as const;
}

/** Something to be had from elsewhere (a download, a GPU, a program) is not to be had here: exit code 1. */
export class UnavailableError extends HashbookError {
  readonly kind = "unavailable" as const;
}

/** A file or a folder cannot be written, for example because the disk is full: exit code 1. */
export class WriteError extends HashbookError {
  readonly kind = "write" as const;
}
