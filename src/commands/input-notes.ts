/** What is said of the files that were read, in every output. */
export interface InputNotes {
  /** What could not be checked, a sentence each. */
  readonly unchecked: readonly string[];
  /** What was converted while it was read, a sentence each. */
  readonly converted: readonly string[];
}

/** A line for each. */
export function inputLines({ unchecked, converted }: InputNotes): string[] {
  return [
    ...converted.map(sentence => `converted: ${sentence}`),
    ...unchecked.map(sentence => `not checked: ${sentence}`),
  ];
}
