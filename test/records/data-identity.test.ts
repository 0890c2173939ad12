import { describe, expect, it } from "vitest";
import type { ExperimentData } from "../../src/experiments/experiment-data.js";
import { dataIdentity } from "../../src/records/data-identity.js";
import { toyStudyData } from "./toy-study.js";

const data = toyStudyData();
const { featureSet, split, validation } = data;
const identity = dataIdentity(data);

/** The fields in which other data is another. */
function changedIn(other: Partial<ExperimentData>): string[] {
  const changed = dataIdentity({ ...data, ...other });
  return Object.entries(changed).flatMap(([name, value]) =>
    value === identity[name as keyof typeof identity] ? [] : [name],
  );
}

describe("dataIdentity", () => {
  it("is the same for the same data", () => {
    expect(dataIdentity(toyStudyData())).toEqual(identity);
  });

  it("tells one value of a feature, and another width", () => {
    const values = featureSet.features.data.slice();
    values[77] += 1e-6;
    const { shape } = featureSet.features;
    expect(changedIn({ featureSet: { ...featureSet, features: { data: values, shape } } })).toEqual(["features"]);
    const reshaped = { data: featureSet.features.data, shape: [shape[0], shape[1] / 2, 2] };
    expect(changedIn({ featureSet: { ...featureSet, features: reshaped } })).toEqual(["features"]);
  });

  it("tells one label", () => {
    const labels = (featureSet.labels as Int32Array).map((label, row) => (row === 3 ? (label + 1) % 4 : label));
    expect(changedIn({ featureSet: { ...featureSet, labels } })).toEqual(["labels"]);
  });

  it("tells rows that are searched apart from rows that are learned from", () => {
    expect(changedIn({ split: { ...split, database: split.database.slice(1) } })).toEqual(["searched"]);
    expect(changedIn({ split: { ...split, train: split.train.slice(1) } })).toEqual(["learned"]);
    expect(changedIn({ validation: undefined })).toEqual(["learned"]);
    expect(changedIn({ validation: { ...validation!, query: validation!.query.slice(1) } })).toEqual(["learned"]);
  });

  it("tells a row that moves from one role to the next", () => {
    const [query, database] = [
      split.query.slice(0, -1),
      Int32Array.of(split.query[split.query.length - 1], ...split.database),
    ];
    expect(changedIn({ split: { ...split, query, database } })).toEqual(["searched"]);
  });
});
