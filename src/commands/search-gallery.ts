import { InputError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import { readCodesIds, readCodesSidecar } from "../features/codes-sidecar.js";
import { unreadBeside } from "../features/unread-rows.js";
import { isGalleryAddress } from "../galleries/gallery-address.js";
import { openGallery } from "../galleries/open-gallery.js";
import type { Gallery } from "../ranking/gallery.js";
import { joinedNeighbours, type Neighbours } from "../ranking/hamming-search.js";
import { stopOnSignal } from "./abort-on-signal.js";
import { givenAddress, withWaitingNote } from "./given-address.js";
import { inputLines } from "./input-notes.js";
import type { QueryFlags } from "./search-queries.js";
import { modelBits, queriesOf } from "./search-queries.js";
import { resultsOf, resultsText, sameNumber } from "./search-results.js";

/** Flags of a search in a gallery. */
export interface GallerySearchFlags extends QueryFlags {
  gallery?: string;
  top: number;
  radius?: number;
  class?: string[];
  bits?: number;
  threads?: number;
  json: boolean;
}

/** Searches a gallery in an engine, or one of a file with what lies beside it. */
export async function searchInGallery(flags: GallerySearchFlags & { readonly gallery: string }): Promise<void> {
  const document = await stopOnSignal(signal => foundIn(flags, signal), "nothing was found yet");
  if (document === undefined) return;
  process.stdout.write(`${flags.json ? JSON.stringify(document) : resultsText(document.results)}\n`);
  if (flags.json) return;
  if (document.unread) process.stderr.write(`${document.unread} images could not be read: they are not found\n`);
  for (const line of inputLines(document)) process.stderr.write(`${line}\n`);
  if (!document.exact) process.stderr.write("an inverted file was searched: some neighbours may be missed\n");
}

async function foundIn(flags: GallerySearchFlags & { readonly gallery: string }, signal: AbortSignal) {
  const file = isGalleryAddress(flags.gallery) ? givenAddress(flags.gallery).text : flags.gallery;
  const gallery = await openedGallery(flags, signal);
  try {
    const { model, bits, count, engine, index, exact } = gallery;
    const made = model === undefined ? {} : { sidecar: { model: { hash: model } } };
    const asked = await queriesOf(flags, { file, ...made }, flags.bits ?? bits);
    if (asked.codes.bits !== bits) {
      throw new InputError("the gallery does not fit what is searched for", {
        file,
        expected: `codes of ${asked.codes.bits} bits`,
        actual: `${bits}`,
      });
    }
    const unread = isGalleryAddress(file) ? undefined : await unreadBeside(file); // an engine has none of them
    const found = await neighboursOf(gallery, asked.codes, { ...flags, unread }, signal);
    const names = gallery.named ? await gallery.names(found.indices, { signal }) : undefined;
    const queryIds = asked.sidecar === undefined ? undefined : await readCodesIds(flags.queryCodes!, asked.sidecar);
    const unknown = [
      ...(model === undefined ? [file] : []),
      ...(flags.queryCodes !== undefined && asked.sidecar === undefined ? [flags.queryCodes] : []),
    ];
    return {
      gallery: { address: file, engine, index },
      exact,
      database: count,
      bits,
      ...(unread && { unread: unread.length }),
      top: flags.top,
      ...(flags.radius === undefined ? {} : { radius: flags.radius }),
      results: resultsOf(found, { files: flags.query, queryIds, ...(names && { idOf: (_, place) => names[place] }) }),
      unchecked: unknown.map(one => `${one} does not say which model made its codes`),
      converted: asked.converted,
    };
  } finally {
    await gallery.close();
  }
}

async function openedGallery(
  { gallery, bits, threads, ...flags }: GallerySearchFlags & { readonly gallery: string },
  signal: AbortSignal,
): Promise<Gallery> {
  if (isGalleryAddress(gallery)) {
    return withWaitingNote(givenAddress(gallery), () => openGallery(gallery, { signal }));
  }
  const sidecar = await readCodesSidecar(gallery);
  const beside = sidecar !== undefined && (await readCodesIds(gallery, sidecar)) !== undefined;
  const model = sidecar === undefined ? {} : { model: sidecar.model.hash };
  return openGallery(gallery, { beside, ...model, bits: bits ?? (await modelBits(flags)), threads, signal });
}

type Queries = Parameters<Gallery["nearest"]>[0];

async function neighboursOf(
  gallery: Gallery,
  queries: Queries,
  { top, radius, class: names, unread = new Int32Array(0) }: GallerySearchFlags & { readonly unread?: Int32Array },
  signal: AbortSignal,
): Promise<Neighbours> {
  const options = { signal, ...(names === undefined ? {} : { classes: classesOf(names, gallery) }) };
  const found =
    radius === undefined
      ? sameNumber(await gallery.nearest(queries, { ...options, k: top + unread.length }))
      : await gallery.within(queries, { ...options, radius });
  return firstOf(found, top, new Set(unread));
}

/** The first of each query, but for some rows. */
function firstOf({ starts, indices, distances }: Neighbours, most: number, without: ReadonlySet<number>): Neighbours {
  const lists = Array.from({ length: starts.length - 1 }, (_, query) => {
    const places = Array.from({ length: starts[query + 1] - starts[query] }, (_, i) => starts[query] + i);
    const some = places.filter(place => !without.has(indices[place])).slice(0, most);
    return {
      indices: Int32Array.from(some, place => indices[place]),
      distances: Uint16Array.from(some, place => distances[place]),
    };
  });
  return joinedNeighbours(lists);
}

/** Classes by name, or by number where there is no class of that name. */
function classesOf(names: readonly string[], { classNames = [] }: Gallery): number[] {
  return names.map(name => {
    const place = classNames.indexOf(name);
    if (place >= 0) return place;
    if (/^\d+$/.test(name)) return Number(name);
    throw new InputError("no class of this name is known of the gallery", {
      expected: classNames.length === 0 ? "numbers: it has no names of classes" : knownNames(name, classNames),
      actual: name,
    });
  });
}
