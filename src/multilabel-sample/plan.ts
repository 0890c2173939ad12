import { InputError } from "../core/errors.js";
import { Random } from "../core/random.js";
import type { Dataset } from "../datasets/dataset.js";
import { rowsByClass } from "../datasets/dataset.js";
import type { Role } from "../datasets/roles.js";

/** Canvases by what they are for. Those for training are part of the database as well. */
export type SampleSizes = Readonly<Record<Role, number>>;

/** 2,400 canvases: 300 queries, and a database of 2,100 of which 1,000 are trained on. */
export const DEFAULT_SIZES: SampleSizes = { query: 300, train: 1000, database: 2100 };

/** A garment on a canvas. */
export interface PlacedGarment {
  /** Its row in the dataset of garments. */
  readonly row: number;
  /** Its left upper corner, in pixels of the canvas. */
  readonly left: number;
  readonly top: number;
  /** Whether it is mirrored. */
  readonly mirrored: boolean;
}

/** A canvas to be drawn. */
export interface PlannedCanvas {
  /** Relative to the sample's folder: `images/00042.png`. */
  readonly path: string;
  /** Roles of the canvas: query; database; or train and database. */
  readonly roles: readonly Role[];
  /** Two to four, each of another class. */
  readonly garments: readonly PlacedGarment[];
}

/** Height and width of a garment, of the cell it lies in, and of the canvas of 2 × 2 cells, in pixels. */
export const GARMENT = 28;
const CELL = 32;
export const CANVAS: number = 2 * CELL;

/** What is worn together; each class is in two of them, so that all are equally frequent. */
const OUTFITS: readonly (readonly string[])[] = [
  ["T-shirt/top", "Trouser", "Sneaker", "Pullover"],
  ["Shirt", "Trouser", "Bag", "Coat"],
  ["T-shirt/top", "Dress", "Sandal", "Bag"],
  ["Pullover", "Coat", "Ankle boot", "Sneaker"],
  ["Dress", "Shirt", "Sandal", "Ankle boot"],
];

/** How often a garment is one of the outfit; else it is any. */
const OF_OUTFIT = 0.9;

/** How often a canvas has two garments, and two or three; else it has four. */
const AT_MOST_TWO = 0.6;
const AT_MOST_THREE = 0.9;

/**
 * All canvases of a sample, which follow from the seed. Labels go together as they do in photographs: a canvas has an
 * outfit, and most of its garments are of it. Garments are dealt from a shuffled deck a class and never put back, so no
 * image of a garment is on two canvases, and a database can hold no copy of a part of a query.
 * @param garments Fashion-MNIST, or a part of it
 * @throws {InputError} when a class has too few garments for so many canvases, or a size is out of bounds
 */
export function samplePlan(
  garments: Pick<Dataset<Int32Array>, "classNames" | "labels">,
  seed: number,
  sizes: SampleSizes,
): PlannedCanvas[] {
  checkSizes(seed, sizes);
  const random = new Random(seed).stream("multi-label sample");
  const decks = rowsByClass(garments).map((rows, label) =>
    Array.from(random.stream(`garments of class ${label}`).permutation(rows.length), at => rows[at]),
  );
  const outfits = OUTFITS.map(names => names.map(name => garments.classNames.indexOf(name)));
  return Array.from({ length: sizes.query + sizes.database }, (_, number) => {
    const ofCanvas = random.stream(`canvas ${number}`);
    const classes = drawnClasses(outfits, decks.length, ofCanvas);
    const cells = ofCanvas.permutation(4);
    const placed = classes.map((label, i): PlacedGarment => {
      const row = decks[label].pop();
      if (row === undefined) throw tooFew(garments.classNames[label], sizes);
      return { row, ...placeIn(cells[i], ofCanvas), mirrored: ofCanvas.uniform() < 0.5 };
    });
    return { path: `images/${String(number).padStart(5, "0")}.png`, roles: rolesOf(number, sizes), garments: placed };
  });
}

function checkSizes(seed: number, { query, train, database }: SampleSizes): void {
  const whole = [query, train, database].every(count => Number.isInteger(count) && count >= 1);
  if (whole && train <= database && Number.isSafeInteger(seed)) return;
  throw new InputError("this sample cannot be made", {
    expected: "a whole seed, at least 1 query, and 1 or more train canvases that are part of the database",
    actual: JSON.stringify({ seed, query, train, database }),
  });
}

function tooFew(name: string, { query, database }: SampleSizes): InputError {
  return new InputError("there are too few garments for this sample: none is used twice", {
    expected: `${name} for ${query + database} canvases`,
    actual: "all of them are used",
  });
}

function rolesOf(number: number, { query, train }: SampleSizes): readonly Role[] {
  if (number < query) return ["query"];
  return number < query + train ? ["train", "database"] : ["database"];
}

/** Two to four classes, each once. */
function drawnClasses(outfits: readonly (readonly number[])[], classes: number, random: Random): number[] {
  const outfit = outfits[random.integer(outfits.length)];
  const share = random.uniform();
  const count = share < AT_MOST_TWO ? 2 : share < AT_MOST_THREE ? 3 : 4;
  const drawn = new Set<number>();
  while (drawn.size < count) {
    const fits = random.uniform() < OF_OUTFIT;
    drawn.add(fits ? outfit[random.integer(outfit.length)] : random.integer(classes));
  }
  return [...drawn];
}

/** A place within a cell of the canvas, 0..3. */
function placeIn(cell: number, random: Random): Pick<PlacedGarment, "left" | "top"> {
  const free = CELL - GARMENT + 1;
  return {
    left: (cell % 2) * CELL + random.integer(free),
    top: Math.floor(cell / 2) * CELL + random.integer(free),
  };
}
