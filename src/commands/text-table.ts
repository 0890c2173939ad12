/** A column of a table on a terminal. */
export interface TextColumn<Row> {
  readonly head: string;
  readonly cell: (row: Row) => string;
  /** Numbers are set to the right. Default: to the left. */
  readonly right?: boolean;
}

/** A table for a terminal: columns as wide as what is in them, two spaces between. */
export function textTable<Row>(rows: readonly Row[], columns: readonly TextColumn<Row>[]): string {
  const cells = columns.map(({ head, cell }) => [head, ...rows.map(cell)]);
  const widths = cells.map(column => Math.max(...column.map(text => text.length)));
  const line = (at: number): string =>
    columns
      .map(({ right = false }, c) => (right ? cells[c][at].padStart(widths[c]) : cells[c][at].padEnd(widths[c])))
      .join("  ")
      .trimEnd();
  return ["", ...rows].map((_, at) => line(at)).join("\n");
}
