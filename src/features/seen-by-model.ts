import type { JsonSchema } from "../core/json-schema.js";
import { COUNT, listOf, objectOf, TEXT } from "../core/json-schema.js";
import type { ItemsIdentity } from "./items-identity.js";
import { ITEMS_SCHEMA } from "./items-identity.js";
import type { SeenItems } from "./seen-items.js";
import { SEEN_SCHEMA } from "./seen-items.js";

/** What a model has seen: head.json says it, and the codes that the model makes. */
export interface SeenByModel {
  /** Items that it has seen. Absent: it is of before this was noted, and what follows says it. */
  readonly seen?: readonly SeenItems[];
  readonly classNames?: readonly string[];
  /** Names of the classes whose labels it has learned; none for a fit to features. Absent: nobody knows. */
  readonly learnedClasses?: readonly string[];
  /** Products that were made one in the labels it learned from, where the data did not say so. */
  readonly mergedProducts?: readonly (readonly string[])[];
  readonly trainedOn?: ItemsIdentity;
  readonly tunedOn?: ItemsIdentity;
  /** Protocol and seed of the roles, where only rows of the role train were trained on. */
  readonly roles?: { readonly protocol: string; readonly seed: number };
  /** The fold whose products were left out. */
  readonly fold?: { readonly fold: number; readonly of: number; readonly seed: number };
}

/** Fields of {@link SeenByModel} in files; each may be missing. */
export const SEEN_FIELDS: Readonly<Record<keyof SeenByModel, JsonSchema>> = {
  seen: SEEN_SCHEMA,
  classNames: listOf(TEXT),
  learnedClasses: listOf(TEXT),
  mergedProducts: listOf(listOf(TEXT, { minItems: 2 })),
  trainedOn: ITEMS_SCHEMA,
  tunedOn: ITEMS_SCHEMA,
  roles: objectOf({ protocol: TEXT, seed: COUNT }),
  fold: objectOf({ fold: COUNT, of: COUNT, seed: COUNT }),
};
