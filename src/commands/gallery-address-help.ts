/** How the address of a gallery is written, for the help of commands that take one. */
export const ADDRESS_HELP: string = `
An address is milvus://host:19530/collection or clickhouse://host:8123/table, a database before the last name where it is not
the default one. HASHBOOK_GALLERY_TOKEN holds user:password, or a key of Milvus; milvuss:// and clickhouses:// are with TLS;
?timeout=300 behind the address gives an answer 300 s instead of 60.`;
