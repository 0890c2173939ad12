// What the service answers, as the page reads it. The service's own document of it is /openapi.json.

/** How results are ordered; a service may offer others, which are shown by their name. */
export type Order = "hamming" | "asymmetric" | "cosine";

export interface Model {
  readonly id: string;
  readonly title: string;
  readonly method: string;
  readonly bits: number;
  readonly backbone: string;
  readonly orders: readonly Order[];
}

/** `GET /api/service` */
export interface Service {
  readonly version: string;
  readonly dataset: {
    readonly name: string;
    readonly title: string;
    readonly items: number;
    readonly classes: readonly string[] | null;
    readonly products: boolean;
  };
  readonly gallery: { readonly items: number; readonly engine: string };
  readonly models: readonly Model[];
  /** Of one picture: bytes and pixels; of one search: results. */
  readonly limits: { readonly bytes: number; readonly pixels: number; readonly k: number; readonly queue: number };
  /** "jpeg", "png", … */
  readonly formats: readonly string[];
  readonly tokenNeeded: boolean;
}

/** A picture of the gallery to start from. */
export interface Example {
  readonly row: number;
  readonly id: string;
  readonly classes: readonly string[];
  readonly product?: string | null;
  readonly image: string | null;
}

/** `GET /api/examples` */
export interface Examples {
  readonly items: readonly Example[];
}

/** One picture found. */
export interface Result extends Example {
  /** Bits in which its code differs from the query's. */
  readonly distance: number;
  /** What it is ordered by where that is not the distance. */
  readonly score?: number | null;
  /** The query itself, which is part of the gallery. */
  readonly self?: boolean;
  /** A character a bit, "0" or "1". Absent where an engine holds the codes. */
  readonly code?: string;
}

/** Seconds of one search. */
export interface Seconds {
  readonly wait: number;
  readonly decode: number;
  readonly network: number;
  readonly head: number;
  readonly rank: number;
}

/** Cosine of features with those of the likest item found, beside what items of the gallery have with others. */
export interface Likeness {
  readonly cosine: number;
  /** What 99 in 100 of the gallery's have at least. */
  readonly usual: number;
  /** Items of the gallery looked at, and how many of these have no more than the picture. */
  readonly sample: number;
  readonly below: number;
}

/** `GET` and `POST /api/search` */
export interface Answer {
  readonly model: string;
  readonly order: Order;
  readonly k: number;
  readonly radius?: number | null;
  readonly query: {
    readonly row?: number | null;
    readonly id?: string | null;
    readonly width?: number | null;
    readonly height?: number | null;
    readonly classes?: readonly string[] | null;
    readonly product?: string | null;
    readonly code: string;
  };
  /** Pictures of the gallery within the radius; null without one, and where an engine does not say how many beyond k. */
  readonly within?: number | null;
  /** How many pictures are as far as the last result of a full list; null where that is not known. */
  readonly ties?: { readonly distance: number; readonly count: number } | null;
  /** Of a picture that was put in, where the service can say it: how like the gallery's it is. */
  readonly likeness?: Likeness | null;
  readonly results: readonly Result[];
  readonly seconds: Seconds;
  readonly notes: readonly string[];
}
