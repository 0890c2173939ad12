import type { KeyValue } from "./milvus-messages.js";

/** Settings as Milvus takes them. */
export function pairs(settings: Readonly<Record<string, string | number>>): KeyValue[] {
  return Object.entries(settings).map(([key, value]) => ({ key, value: `${value}` }));
}
