import type { LabelledPath } from "./list-reader.js";

/** A place in a list. */
export interface ListPlace {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** A line that names an image again which its list has named before, with the same label. */
export interface RepeatedLine extends ListPlace {
  readonly id: string;
  /** The first line of that list that names it. */
  readonly earlier: number;
}

/** An image that lines give different labels. */
export interface Contradiction {
  readonly id: string;
  /** What was said first, which counts where anything does. */
  readonly first: ListPlace & { readonly label: string };
  readonly other: ListPlace & { readonly label: string };
}

/** One list, as it is read. */
export interface OpenList {
  /** Places of its images, each once, in its order. */
  readonly members: readonly number[];
  readonly lines: number;
  /** Takes a line. */
  note(id: string, label: LabelledPath["label"], place: ListPlace): void;
}

/** The images of all lists by their ids, as the lists are read one after the other. */
export class KnownImages {
  readonly ids: string[] = [];
  readonly labels: LabelledPath["label"][] = [];
  /** Where each image is named first. */
  readonly places: ListPlace[] = [];
  readonly repeated: RepeatedLine[] = [];
  readonly contradictions: Contradiction[] = [];
  private readonly imageOf = new Map<string, number>();

  /** Begins a list: of its images, those known before are no new ones. */
  startList(): OpenList {
    const lineOf = new Map<number, number>();
    const members: number[] = [];
    let lines = 0;
    return {
      members,
      get lines() {
        return lines;
      },
      note: (id, label, place) => {
        lines++;
        const image = this.imageOf.get(id) ?? this.add(id, label, place);
        this.compare(image, label, place);
        const earlier = lineOf.get(image);
        if (earlier !== undefined) {
          this.repeated.push({ id, ...place, earlier });
          return;
        }
        lineOf.set(image, place.line);
        members.push(image);
      },
    };
  }

  private add(id: string, label: LabelledPath["label"], place: ListPlace): number {
    this.imageOf.set(id, this.ids.length);
    this.labels.push(label);
    this.places.push(place);
    return this.ids.push(id) - 1;
  }

  private compare(image: number, label: LabelledPath["label"], place: ListPlace): void {
    if (this.labels[image] === label) return;
    const [before, now] = [labelText(this.labels[image]), labelText(label)];
    if (before === now) return;
    const first = { ...this.places[image], label: before };
    this.contradictions.push({ id: this.ids[image], first, other: { ...place, label: now } });
  }
}

function labelText(label: LabelledPath["label"]): string {
  if (typeof label === "string") return label;
  return label.length === 0 ? "no class" : `class ${label.join(", ")}`;
}
