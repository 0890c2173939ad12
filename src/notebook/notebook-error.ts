import { type ErrorDetails, HashbookError } from "../core/errors.js";

/** Where in a notebook something failed, and what the kernel said. */
export interface NotebookErrorDetails extends ErrorDetails {
  /** Number of the cell among all cells, from 1, as notebooks show them from top to bottom. */
  cell?: number;
  /** The line of the cell that failed, where it is known. */
  codeLine?: string;
  /** Name of the error in the cell, for example `TypeError` or `TimeoutError`. */
  ename?: string;
}

/** A notebook cannot be run, or one of its cells failed: exit code 1. */
export class NotebookError extends HashbookError {
  readonly kind = "notebook" as const;
  readonly cell: number | undefined;
  readonly codeLine: string | undefined;
  readonly ename: string | undefined;

  constructor(message: string, details: NotebookErrorDetails = {}) {
    super(message, details);
    this.cell = details.cell;
    this.codeLine = details.codeLine;
    this.ename = details.ename;
  }
}
