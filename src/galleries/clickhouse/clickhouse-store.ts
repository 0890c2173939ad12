import type { Abortable } from "../../core/abort.js";
import { InputError } from "../../core/errors.js";
import type { GalleryAddress } from "../gallery-address.js";
import type { GalleryRecord } from "../gallery-record.js";
import { parseRecord, recordText } from "../gallery-record.js";
import type { GalleryStore, StoredCodes } from "../gallery-store.js";
import { ClickhouseCodes } from "./clickhouse-codes.js";
import { ClickhouseConnection } from "./clickhouse-connection.js";

/** ClickHouse is spoken to by HTTP: no driver is needed. */
export function openClickhouseStore(address: GalleryAddress): GalleryStore {
  return new ClickhouseStore(new ClickhouseConnection(address), address);
}

/** A table of ClickHouse, sorted by row: code as bytes, id as a text, classes as a list. */
class ClickhouseStore implements GalleryStore {
  readonly engine = "clickhouse" as const;
  readonly place: string;
  private readonly table: string;

  constructor(
    private readonly connection: ClickhouseConnection,
    private readonly address: GalleryAddress,
  ) {
    this.place = address.text;
    this.table = `\`${address.collection}\``; // quoted: a name may be a word of SQL, such as table
  }

  async look(options: Abortable = {}): Promise<GalleryRecord | undefined> {
    const { collection } = this.address;
    const where = `WHERE database = currentDatabase() AND name = '${collection}'`;
    const found = await this.connection.value(`SELECT comment FROM system.tables ${where}`, options);
    if (found !== "") return parseRecord(found, this.place);
    const tables = await this.connection.value(`SELECT count() FROM system.tables ${where}`, options);
    return tables === "0" ? undefined : parseRecord("", this.place);
  }

  async create(record: GalleryRecord): Promise<void> {
    const { index, bits, ids, labels } = record;
    if (index !== "flat") {
      throw new InputError("ClickHouse compares all codes", {
        file: this.place,
        expected: "the index flat",
        actual: index,
      });
    }
    const columns = [
      "row UInt32",
      `code FixedString(${Math.ceil(bits / 8)})`,
      ...(ids === undefined ? [] : ["id String"]),
      ...(labels === undefined ? [] : ["label Array(Int32)"]),
    ];
    const comment = recordText(record).replaceAll("\\", "\\\\").replaceAll("'", "\\'");
    const table = `${this.table} (${columns.join(", ")})`;
    await this.connection.run(`CREATE TABLE ${table} ENGINE = MergeTree ORDER BY row COMMENT '${comment}'`);
  }

  async drop(): Promise<void> {
    await this.connection.run(`DROP TABLE ${this.table}`);
  }

  codes(record: GalleryRecord): StoredCodes {
    return new ClickhouseCodes(this.connection, this.table, record);
  }

  async close(): Promise<void> {}
}
