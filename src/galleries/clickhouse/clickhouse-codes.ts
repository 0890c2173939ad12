import type { PackedCodes } from "../../codes/packed-codes.js";
import type { Abortable } from "../../core/abort.js";
import { mapAhead } from "../../core/map-ahead.js";
import type { Neighbourhood } from "../../ranking/hamming-search.js";
import type { GalleryRecord } from "../gallery-record.js";
import { rowsHeld } from "../gallery-record.js";
import type { GalleryRows, RowFilter, StoredCodes, StoreSearch } from "../gallery-store.js";
import type { ClickhouseConnection } from "./clickhouse-connection.js";
import { decodeNames, decodeNeighbours, encodeRows } from "./row-binary.js";

/** Rows of an INSERT: ClickHouse adds so many all together or not at all. */
const MOST_ROWS = 100_000;
/** Names asked for at once: a statement has 256 KiB at most. */
const MOST_NAMES = 8192;
/** Statements under way: the engine uses its cores for one already. */
const AHEAD = 2;

/** The codes of a table. */
export class ClickhouseCodes implements StoredCodes {
  readonly batch: number = MOST_ROWS;

  constructor(
    private readonly connection: ClickhouseConnection,
    private readonly table: string,
    private readonly record: GalleryRecord,
  ) {}

  async count(filter: RowFilter = {}, options: Abortable = {}): Promise<number> {
    return Number(
      await this.connection.value(`SELECT count() FROM ${this.table}${where(conditions(filter))}`, options),
    );
  }

  async add(rows: GalleryRows): Promise<void> {
    const { ids, labels } = this.record;
    const columns = ["row", "code", ...(ids === undefined ? [] : ["id"]), ...(labels === undefined ? [] : ["label"])];
    const statement = `INSERT INTO ${this.table} (${columns.join(", ")}) FORMAT RowBinary`;
    await this.connection.run(statement, { data: encodeRows(rows) });
  }

  async finish(tell: (indexed: number) => void): Promise<void> {
    tell(rowsHeld(this.record)); // there is no index to wait for
  }

  async load(): Promise<void> {}

  nearest(queries: PackedCodes, k: number, search: StoreSearch): Promise<Neighbourhood[]> {
    const from = `${this.table}${where(conditions(search))}`;
    return this.lists(queries, search, d => `SELECT row, ${d} AS d FROM ${from} ORDER BY d, row LIMIT ${k}`);
  }

  within(queries: PackedCodes, radius: number, search: StoreSearch): Promise<Neighbourhood[]> {
    const from = `${this.table}${where([...conditions(search), `d <= ${radius}`])}`;
    return this.lists(queries, search, d => `SELECT row, ${d} AS d FROM ${from} ORDER BY d, row`);
  }

  async names(rows: Int32Array, options: Abortable = {}): Promise<Map<number, string>> {
    const names = new Map<number, string>();
    for (let from = 0; from < rows.length; from += MOST_NAMES) {
      const some = rows.subarray(from, from + MOST_NAMES).join();
      const statement = `SELECT row, id FROM ${this.table} WHERE row IN (${some}) FORMAT RowBinary`;
      for (const [row, name] of decodeNames(await this.connection.run(statement, options))) names.set(row, name);
    }
    return names;
  }

  private async lists(
    { count, bytesPerCode, data }: PackedCodes,
    { signal }: StoreSearch,
    statement: (distance: string) => string,
  ): Promise<Neighbourhood[]> {
    const lists: Neighbourhood[] = [];
    const queries = Array.from({ length: count }, (_, query) => query);
    const list = async (query: number): Promise<Neighbourhood> => {
      const code = Buffer.from(data.subarray(query * bytesPerCode, (query + 1) * bytesPerCode)).toString("hex");
      const distance = `toUInt16(bitHammingDistance(code, toFixedString(unhex('${code}'), ${bytesPerCode})))`;
      return decodeNeighbours(await this.connection.run(`${statement(distance)} FORMAT RowBinary`, { signal }));
    };
    for await (const found of mapAhead(queries, list, { ahead: AHEAD, signal })) lists.push(found);
    return lists;
  }
}

/** A filter as conditions of SQL. */
function conditions({ window, classes }: RowFilter): string[] {
  return [
    ...(window === undefined ? [] : [`row >= ${window.from}`, `row < ${window.to}`]),
    ...(classes === undefined ? [] : [`hasAny(label, [${classes.join()}])`]),
  ];
}

function where(conditions: readonly string[]): string {
  return conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
}
