import type { Display } from "../core/display.js";
import { countText } from "../core/size-text.js";
import type { Study } from "../experiments/study.js";
import { classBars, classesText, isSplit, roleNotes, rolesText } from "./class-facts.js";
import { summaryBundle } from "./summary.js";

/** What of a study, or a challenge, is shown. */
type ShownStudy = Pick<Study, "dataset" | "featureSet" | "split"> &
  Partial<Pick<Study, "validation" | "engine" | "engineReason">> & {
    /** Of a study of a protocol. */
    readonly notice?: string;
    readonly differs?: readonly string[];
  };

/** A study: its data, features, split and engine in one. */
export const studyDisplay: Display<ShownStudy> = {
  name: "study",
  is: (value): value is ShownStudy => {
    const { dataset, featureSet, split } = (value ?? {}) as ShownStudy;
    return typeof dataset?.name === "string" && featureSet?.manifest?.shape !== undefined && isSplit(split);
  },
  mime: ({ dataset, featureSet, split, validation, engine, engineReason, notice, differs = [] }) => {
    const { backbone, shape } = featureSet.manifest;
    const held = validation && `${countText(validation.query.length)} of the train rows, to watch trainings with`;
    return summaryBundle({
      title: "Study",
      about: `${dataset.name}, ${countText(dataset.ids.length)} images`,
      facts: {
        classes: classesText(dataset),
        features: `${shape.map(countText).join(" × ")}, ${backbone}`,
        roles: rolesText(split),
        rule: `${split.protocol} (seed ${split.seed})`,
        "held out": held,
        engine: engine && `${engine.description}${engineReason === undefined ? "" : ` (${engineReason})`}`,
      },
      picture: classBars(dataset, "images"),
      notes: [...(notice === undefined ? [] : [notice]), ...differs, ...roleNotes(split)],
    });
  },
};
