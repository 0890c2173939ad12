// What is said to Milvus and what it answers, as far as it is needed here: messages of its public interface (milvus-proto,
// 2.3 to 2.6), each field with its type and number. Enumerations travel as numbers. Fields that are not listed are passed over.

/** Fields of each message as a .proto file declares them. */
const MESSAGES = {
  KeyValuePair: "string key = 1; string value = 2",
  Status: "int32 error_code = 1; string reason = 2; int32 code = 3",

  FieldSchema: `string name = 2; bool is_primary_key = 3; int32 data_type = 5; repeated KeyValuePair type_params = 6;
    int32 element_type = 10`,
  CollectionSchema: "string name = 1; string description = 2; repeated FieldSchema fields = 4",
  CreateCollectionRequest: `string db_name = 2; string collection_name = 3; bytes schema = 4; int32 shards_num = 5;
    int32 consistency_level = 6`,
  CollectionRequest: "string db_name = 2; string collection_name = 3",
  LoadCollectionRequest: "string db_name = 2; string collection_name = 3; int32 replica_number = 4; bool refresh = 6",
  BoolResponse: "Status status = 1; bool value = 2",
  DescribeCollectionResponse: "Status status = 1; CollectionSchema schema = 2",
  LoadStateResponse: "Status status = 1; int32 state = 2",
  LoadingRequest: "string collection_name = 2; string db_name = 4",
  LoadingResponse: "Status status = 1; int64 progress = 2; int64 refresh_progress = 3",

  CreateIndexRequest: `string db_name = 2; string collection_name = 3; string field_name = 4;
    repeated KeyValuePair extra_params = 5; string index_name = 6`,
  DescribeIndexRequest: "string db_name = 2; string collection_name = 3; string field_name = 4; string index_name = 5",
  IndexDescription: `string index_name = 1; int64 indexed_rows = 5; int64 total_rows = 6; int32 state = 7;
    string index_state_fail_reason = 8; int64 pending_index_rows = 9`,
  DescribeIndexResponse: "Status status = 1; repeated IndexDescription index_descriptions = 2",

  IntArray: "repeated int32 data = 1",
  LongArray: "repeated int64 data = 1",
  StringArray: "repeated string data = 1",
  ArrayArray: "repeated ScalarField data = 1; int32 element_type = 2",
  ScalarField: "IntArray int_data = 2; LongArray long_data = 3; StringArray string_data = 6; ArrayArray array_data = 8",
  VectorField: "int64 dim = 1; bytes binary_vector = 3",
  FieldData: "int32 type = 1; string field_name = 2; ScalarField scalars = 3; VectorField vectors = 4",
  IDs: "LongArray int_id = 1",
  InsertRequest: `string db_name = 2; string collection_name = 3; string partition_name = 4; repeated FieldData fields_data = 5;
    repeated uint32 hash_keys = 6; uint32 num_rows = 7`,
  MutationResult: "Status status = 1; int64 insert_cnt = 6",
  FlushRequest: "string db_name = 2; repeated string collection_names = 3",
  Segments: "string key = 1; LongArray value = 2",
  FlushResponse: "Status status = 1; repeated Segments coll_segIDs = 3; repeated Segments flush_coll_segIDs = 4",

  PlaceholderValue: "string tag = 1; int32 type = 2; repeated bytes values = 3",
  PlaceholderGroup: "repeated PlaceholderValue placeholders = 1",
  SearchRequest: `string db_name = 2; string collection_name = 3; string dsl = 5; bytes placeholder_group = 6; int32 dsl_type = 7;
    repeated KeyValuePair search_params = 9; int64 nq = 12; int32 consistency_level = 14`,
  SearchResultData: "repeated float scores = 4; IDs ids = 5; repeated int64 topks = 6",
  SearchResults: "Status status = 1; SearchResultData results = 2",
  QueryRequest: `string db_name = 2; string collection_name = 3; string expr = 4; repeated string output_fields = 5;
    repeated KeyValuePair query_params = 9; int32 consistency_level = 11`,
  QueryResults: "Status status = 1; repeated FieldData fields_data = 2",
};

export type MessageName = keyof typeof MESSAGES;

/** What each call takes and gives. `Status` alone is an answer too. */
export const CALLS: Readonly<Record<string, readonly [request: MessageName, response: MessageName]>> = {
  HasCollection: ["CollectionRequest", "BoolResponse"],
  DescribeCollection: ["CollectionRequest", "DescribeCollectionResponse"],
  CreateCollection: ["CreateCollectionRequest", "Status"],
  DropCollection: ["CollectionRequest", "Status"],
  CreateIndex: ["CreateIndexRequest", "Status"],
  DescribeIndex: ["DescribeIndexRequest", "DescribeIndexResponse"],
  LoadCollection: ["LoadCollectionRequest", "Status"],
  GetLoadState: ["LoadingRequest", "LoadStateResponse"],
  GetLoadingProgress: ["LoadingRequest", "LoadingResponse"],
  Insert: ["InsertRequest", "MutationResult"],
  Flush: ["FlushRequest", "FlushResponse"],
  Search: ["SearchRequest", "SearchResults"],
  Query: ["QueryRequest", "QueryResults"],
};

/** Numbers of Milvus' enumerations. */
export const DATA_TYPE = { int64: 5, int32: 4, varChar: 21, array: 22, binaryVector: 100 } as const;
/** What a read sees at least: all that was written before it; what was written some seconds before it. */
export const CONSISTENCY = { strong: 0, bounded: 2 } as const;
export const LOADED = 3;
export const INDEX_STATE = { finished: 3, failed: 4 } as const;

export interface MilvusStatus {
  readonly error_code: number;
  readonly reason: string;
  readonly code: number;
}

export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

export interface IndexDescription {
  readonly indexed_rows: number;
  readonly total_rows: number;
  readonly state: number;
  readonly index_state_fail_reason: string;
  readonly pending_index_rows: number;
}

/** Segments of collections: those that a flush writes down, or has written. */
export interface FlushResponse {
  readonly coll_segIDs: readonly Segments[];
  readonly flush_coll_segIDs: readonly Segments[];
}

interface Segments {
  readonly value: { readonly data: readonly number[] } | null;
}

export interface ScalarField {
  readonly int_data?: { readonly data: readonly number[] } | null;
  readonly long_data?: { readonly data: readonly number[] } | null;
  readonly string_data?: { readonly data: readonly string[] } | null;
  readonly array_data?: { readonly data: readonly ScalarField[]; readonly element_type: number } | null;
}

/** A column of rows. */
export interface FieldData {
  readonly type: number;
  readonly field_name: string;
  readonly scalars?: ScalarField | null;
  readonly vectors?: { readonly dim: number; readonly binary_vector: Uint8Array } | null;
}

/** Results of several queries, one after the other. */
export interface SearchResultData {
  readonly scores: readonly number[];
  readonly ids: { readonly int_id: { readonly data: readonly number[] } | null } | null;
  /** Results of each query. */
  readonly topks: readonly number[];
}

/** Turns messages into bytes and back. */
export interface MessageCodec {
  encode(name: MessageName, message: object): Buffer;
  decode(name: MessageName, bytes: Buffer): object;
}

/** What is taken of the package @grpc/proto-loader. */
interface ProtoLoader {
  fromJSON(json: never, options: object): object;
}

interface Coder {
  serialize(message: object): Buffer;
  deserialize(bytes: Buffer): object;
}

/** Makes the codec with the package that knows the encoding. */
export function messageCodec(loader: ProtoLoader): MessageCodec {
  const messages = Object.entries(MESSAGES).map(([name, text]) => [name, { fields: fieldsOf(text) }]);
  const root = { nested: { milvus: { nested: Object.fromEntries(messages) } } };
  const options = { keepCase: true, longs: Number, defaults: true };
  const coders = loader.fromJSON(root as never, options) as Readonly<Record<string, Coder>>;
  return {
    encode: (name, message) => coders[`milvus.${name}`].serialize(message),
    decode: (name, bytes) => coders[`milvus.${name}`].deserialize(bytes),
  };
}

/** `repeated int64 data = 1; …` as the JSON form of a message has it. */
function fieldsOf(text: string): object {
  const fields: Record<string, object> = {};
  for (const [, repeated, type, name, id] of text.matchAll(/(repeated )?(\w+) (\w+) = (\d+)/g)) {
    fields[name] = { type, id: Number(id), ...(repeated === undefined ? {} : { rule: "repeated" }) };
  }
  return fields;
}
