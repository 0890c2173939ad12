import type { Precision } from "../compute/quantization.js";
import type { MatchedClasses } from "../core/named-labels.js";
import type { SplitOverlaps } from "../datasets/split-overlaps.js";
import type { DataFolder } from "../features/data-folder.js";
import type { SeenPart } from "../features/seen-parts.js";
import type { Sides, SideWith } from "../ranking/side.js";
import type { InputNotes } from "./input-notes.js";
import type { LearnedClasses } from "./learned-classes.js";

/** Queries and database, their classes in one numbering. */
export interface EvaluationInput extends InputNotes, Pick<LearnedClasses, "queryClasses"> {
  readonly sides: Sides<SideWith<"codes" | "labels">>;
  /** Classes that one side has and the other has not. */
  readonly classes: Pick<MatchedClasses, "onlyQueries" | "onlyDatabase">;
  /** Items without an image that could be read: they are not part of the sides. */
  readonly leftOut: { readonly queries: number; readonly database: number };
  /** Queries that the model has seen, where that is allowed. */
  readonly seen: readonly SeenPart[];
  /** Which roles overlap, as published lists have it. Absent: none does, or nobody knows. */
  readonly overlaps?: RoleOverlaps;
  /** The database without the queries, where it is asked for and some stand in it. */
  readonly withoutQueries?: SideWith<"codes" | "labels">;
  /** How the network of the queries' features computed, where their folder says so. */
  readonly precision?: Precision;
  /** The folder that both sides are of, where it is one. */
  readonly data?: DataFolder;
}

/** Roles of a data folder that overlap, in numbers and as a sentence. */
export type RoleOverlaps = SplitOverlaps & { readonly text: string };

/** A file that serves twice is named once. */
export function convertedOf(...parts: readonly Pick<InputNotes, "converted">[]): string[] {
  return [...new Set(parts.flatMap(({ converted }) => converted))];
}
