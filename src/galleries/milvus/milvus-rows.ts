import type { Labels } from "../../core/labels.js";
import { hasClass } from "../../core/labels.js";
import type { GalleryRecord, LabelForm } from "../gallery-record.js";
import type { GalleryRows, RowFilter } from "../gallery-store.js";
import type { FieldData, ScalarField } from "./milvus-messages.js";
import { DATA_TYPE } from "./milvus-messages.js";

/** Rows as Milvus takes them: by columns. */
export function columnsOf({ rows, codes, ids, labels }: GalleryRows): FieldData[] {
  const { bytesPerCode, data } = codes;
  const columns: FieldData[] = [
    { type: DATA_TYPE.int64, field_name: "row", scalars: { long_data: { data: Array.from(rows) } } },
    { type: DATA_TYPE.binaryVector, field_name: "code", vectors: { dim: 8 * bytesPerCode, binary_vector: data } },
  ];
  if (ids !== undefined) {
    columns.push({ type: DATA_TYPE.varChar, field_name: "id", scalars: { string_data: { data: ids } } });
  }
  if (labels !== undefined) columns.push(labelColumn(labels));
  return columns;
}

function labelColumn(labels: Labels): FieldData {
  const field_name = "label";
  if (labels instanceof Int32Array) {
    return { type: DATA_TYPE.int64, field_name, scalars: { long_data: { data: Array.from(labels) } } };
  }
  const data = Array.from(
    { length: labels.count },
    (_, row): ScalarField => ({ int_data: { data: setOf(labels, row) } }),
  );
  return { type: DATA_TYPE.array, field_name, scalars: { array_data: { data, element_type: DATA_TYPE.int32 } } };
}

function setOf(labels: Exclude<Labels, Int32Array>, row: number): number[] {
  return Array.from({ length: labels.classes }, (_, label) => label).filter(label => hasClass(labels, row, label));
}

/** A filter as an expression of Milvus; empty for all rows. */
export function filterText({ window, classes }: RowFilter, { labels }: Pick<GalleryRecord, "labels">): string {
  const parts: string[] = [];
  if (window !== undefined) parts.push(`row >= ${window.from}`, `row < ${window.to}`);
  if (classes !== undefined && labels !== undefined) parts.push(classText(classes, labels.form));
  return parts.join(" and ");
}

function classText(classes: readonly number[], form: LabelForm): string {
  switch (form) {
    case "one":
      return `label in [${classes.join()}]`;
    case "several":
      return `array_contains_any(label, [${classes.join()}])`;
    default:
      return form satisfies never;
  }
}
