import type { Abortable } from "../../core/abort.js";
import { InputError } from "../../core/errors.js";
import type { GalleryAddress } from "../gallery-address.js";
import type { GalleryRecord } from "../gallery-record.js";
import { parseRecord, recordText } from "../gallery-record.js";
import type { GalleryStore, StoredCodes } from "../gallery-store.js";
import { MilvusCodes } from "./milvus-codes.js";
import type { MilvusConnection } from "./milvus-connection.js";
import { openMilvusConnection } from "./milvus-connection.js";
import type { FieldData, KeyValue } from "./milvus-messages.js";
import { CONSISTENCY, DATA_TYPE } from "./milvus-messages.js";
import { pairs } from "./pairs.js";

/** @throws {UnavailableError} when the packages that speak its protocol are not installed */
export async function openMilvusStore(address: GalleryAddress): Promise<GalleryStore> {
  return new MilvusStore(await openMilvusConnection(address), address);
}

/** A collection of Milvus: the row as primary key, its code as a binary vector, id and label as scalars. */
class MilvusStore implements GalleryStore {
  readonly engine = "milvus" as const;
  readonly place: string;

  constructor(
    private readonly connection: MilvusConnection,
    private readonly address: GalleryAddress,
  ) {
    this.place = address.text;
  }

  async look(options: Abortable = {}): Promise<GalleryRecord | undefined> {
    const { value } = await this.connection.call<{ value: boolean }>("HasCollection", this.names(), options);
    if (!value) return undefined;
    type Described = { schema: { description: string } | null };
    const { schema } = await this.connection.call<Described>("DescribeCollection", this.names(), options);
    return parseRecord(schema?.description ?? "", this.place);
  }

  async create(record: GalleryRecord): Promise<void> {
    const { codec } = this.connection;
    const description = recordText(record);
    const schema = { name: this.address.collection, description, fields: fieldsOf(record) };
    await this.connection.call("CreateCollection", {
      ...this.names(),
      schema: codec.encode("CollectionSchema", schema),
      shards_num: 1, // rows of one request are then added together
      consistency_level: CONSISTENCY.bounded,
    });
    await this.connection.call("CreateIndex", { ...this.index(), extra_params: indexParameters(record) });
  }

  async complete(record: GalleryRecord): Promise<void> {
    try {
      await this.connection.call("DescribeIndex", this.index());
    } catch (error) {
      if (!(error instanceof InputError)) throw error; // else it has none: a push was ended before that
      await this.connection.call("CreateIndex", { ...this.index(), extra_params: indexParameters(record) });
    }
  }

  async drop(): Promise<void> {
    await this.connection.call("DropCollection", this.names());
  }

  codes(record: GalleryRecord): StoredCodes {
    return new MilvusCodes(this.connection, this.address, record);
  }

  async close(): Promise<void> {
    this.connection.close();
  }

  private index(): object {
    return { ...this.names(), field_name: "code", index_name: "code" };
  }

  private names(): { db_name: string; collection_name: string } {
    return { db_name: this.address.database ?? "", collection_name: this.address.collection };
  }
}

interface FieldSchema extends Pick<FieldData, "type"> {
  readonly name: string;
  readonly is_primary_key?: boolean;
  readonly type_params?: readonly KeyValue[];
  readonly element_type?: number;
}

function fieldsOf({ bits, ids, labels }: GalleryRecord): object[] {
  const fields: FieldSchema[] = [
    { name: "row", type: DATA_TYPE.int64, is_primary_key: true },
    { name: "code", type: DATA_TYPE.binaryVector, type_params: pairs({ dim: 8 * Math.ceil(bits / 8) }) },
  ];
  if (ids !== undefined) {
    const type_params = pairs({ max_length: Math.max(1, ids.longest) });
    fields.push({ name: "id", type: DATA_TYPE.varChar, type_params });
  }
  if (labels?.form === "one") fields.push({ name: "label", type: DATA_TYPE.int64 });
  else if (labels?.form === "several") {
    const type_params = pairs({ max_capacity: Math.max(1, labels.classes) });
    fields.push({ name: "label", type: DATA_TYPE.array, element_type: DATA_TYPE.int32, type_params });
  }
  return fields.map(({ type, ...field }) => ({ ...field, data_type: type }));
}

function indexParameters({ index, lists }: GalleryRecord): KeyValue[] {
  switch (index) {
    case "flat":
      return pairs({ index_type: "BIN_FLAT", metric_type: "HAMMING", params: "{}" });
    case "ivf":
      return pairs({ index_type: "BIN_IVF_FLAT", metric_type: "HAMMING", params: JSON.stringify({ nlist: lists }) });
    default:
      return index satisfies never;
  }
}
