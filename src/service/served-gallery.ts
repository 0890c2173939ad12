import { createHash } from "node:crypto";
import type { Backbone } from "../backbone/backbone.js";
import { packedSigns } from "../codes/binarize.js";
import { takeCodes } from "../codes/packed-codes.js";
import { takeRows } from "../core/arrays.js";
import type { HashModel } from "../hashing/hash-model.js";
import { EmbeddingCrew } from "./embedding-crew.js";
import type { EmbeddedPicture, EmbeddingSource } from "./embedding-order.js";
import type { GalleryItems } from "./gallery-items.js";
import { galleryItems, pictureGone, readableRows } from "./gallery-items.js";
import type { CompiledNetworks } from "./network-spec.js";
import { networkKey } from "./network-spec.js";
import type { OpenedModel, OpenedSources } from "./opened-sources.js";
import { RecentPictures } from "./recent-pictures.js";
import { Refusal } from "./refusal.js";
import type { SearchFor } from "./search-gallery.js";
import type { SearchOrder } from "./search-order.js";
import type { ServedModel } from "./served-model.js";
import { openServedModel } from "./served-model.js";

/** Pictures whose features are remembered: a page that compares models sends each to all of them. */
const REMEMBERED = 64;

/** Settings of {@link ServedGallery.open}. */
export interface ServedGalleryOptions {
  /** Threads of the networks, one a core. */
  readonly threads: number;
  /** The most pixels of an uploaded picture. */
  readonly pixels: number;
  /** Seconds of work on one picture. */
  readonly seconds: number;
  /** Networks that were compiled for an earlier one. */
  readonly compiled: CompiledNetworks;
  /** Pictures whose features are remembered, 0 or more. Default 64. */
  readonly remembered?: number;
  /** Told when a thread ended on its own. */
  readonly onLost?: (why: string) => void;
}

/** What a picture became on its way to a search. */
export interface EmbeddedQuery extends SearchFor, Partial<Pick<EmbeddedPicture, "width" | "height" | "seconds">> {}

/** Everything that a reload replaces: items, models with their galleries, and the threads of their networks. */
export class ServedGallery {
  private constructor(
    /** Changes with every reload and start: addresses of pictures carry it. */
    readonly version: string,
    readonly items: GalleryItems,
    readonly models: readonly ServedModel[],
    private readonly crew: EmbeddingCrew,
    private readonly recent: RecentPictures<EmbeddedPicture>,
  ) {}

  /** Compiles the networks, starts their threads and opens the galleries. */
  static async open(sources: OpenedSources, options: ServedGalleryOptions): Promise<ServedGallery> {
    const { threads, pixels, seconds, compiled, remembered = REMEMBERED, onLost } = options;
    const { failed } = sources;
    const isHere = sources.models.every(({ engine }) => engine === undefined);
    const rows = readableRows(sources.items.ids.length, isHere ? failed : []); // an engine holds all rows
    const groups = networkGroups(sources.models);
    const networks = groups.map(({ backbone, models }) => compiled.spec(backbone, models));
    compiled.keep(groups.map(({ backbone }) => backbone));
    const crew = await EmbeddingCrew.start({ networks, threads, pixels, seconds, onLost });
    const models: ServedModel[] = [];
    try {
      for (const model of sources.models)
        models.push(await openServedModel(model, { rows, failed, ...placeOf(groups, model) }));
    } catch (error) {
      await Promise.all([crew.dismiss(), ...models.map(({ gallery }) => gallery.close())]);
      throw error;
    }
    const items = galleryItems({ ...sources.items, rows });
    const version = Date.now().toString(36);
    return new ServedGallery(version, items, models, crew, new RecentPictures(remembered));
  }

  /** How often the same picture came again and nothing had to be computed. */
  get remembered(): number {
    return this.recent.found;
  }

  /** @throws {Refusal} for an unknown name */
  model(id: string | undefined): ServedModel {
    const found = id === undefined ? this.models[0] : this.models.find(one => one.id === id);
    if (found !== undefined) return found;
    throw new Refusal(
      "bad-request",
      `there is no model "${id}"; expected one of ${this.models.map(one => one.id).join(", ")}`,
    );
  }

  /** What is searched for with an uploaded picture. */
  async embedUpload(model: ServedModel, bytes: Uint8Array): Promise<EmbeddedQuery> {
    const key = `${model.network} ${createHash("sha256").update(bytes).digest("base64")}`;
    const made = await this.recent.get(key, () => this.crew.embed(model.network, { kind: "upload", bytes }));
    const { relaxed, feature, ...facts } = made;
    return { ...searchFor(model, made), ...facts };
  }

  /**
   * What is searched for with an item of the gallery. Its code is known; what finer orders need is computed of its feature,
   * where that is kept, else of its picture.
   */
  async embedRow(model: ServedModel, row: number, order: SearchOrder): Promise<EmbeddedQuery> {
    if (model.codes === undefined) return this.computeRow(model, row);
    const code = takeCodes(model.codes, [row]);
    const feature = model.scaled === undefined ? undefined : takeRows(model.scaled.features, [row]).data;
    switch (order) {
      case "hamming":
        return { code };
      case "cosine":
        return feature === undefined ? this.computeRow(model, row) : { code, feature };
      case "asymmetric":
        return this.computeRow(model, row, feature);
    }
  }

  /** Ends threads and gives memory back; to be called when nobody uses it any more. */
  async close(): Promise<void> {
    await this.crew.dismiss();
    await Promise.all(this.models.map(({ gallery }) => gallery.close()));
  }

  private async computeRow(model: ServedModel, row: number, feature?: Float32Array): Promise<EmbeddedQuery> {
    const made = await this.crew.embed(model.network, await this.sourceOf(row, feature)).catch((cause: unknown) => {
      throw cause instanceof Refusal && cause.code === "undecodable" ? pictureGone(row) : cause;
    });
    const known = model.codes === undefined ? {} : { code: takeCodes(model.codes, [row]) };
    return { ...searchFor(model, made), ...known, seconds: made.seconds };
  }

  private async sourceOf(row: number, feature: Float32Array | undefined): Promise<EmbeddingSource> {
    if (feature !== undefined) return { kind: "feature", feature };
    if (this.items.image !== undefined) return { kind: "gallery", image: await this.items.image(row) };
    throw new Refusal("bad-request", "neither features nor pictures of the gallery are here; expected order=hamming");
  }
}

function searchFor(model: ServedModel, { feature, relaxed }: EmbeddedPicture): SearchFor {
  const own = relaxed[model.head];
  return { code: packedSigns({ data: own, shape: [1, own.length] }), relaxed: own, feature };
}

/** Models of one network. */
interface NetworkGroup {
  readonly key: string;
  readonly backbone: Backbone;
  readonly models: HashModel[];
}

/** One network for all models that take its features. */
function networkGroups(models: readonly OpenedModel[]): NetworkGroup[] {
  const groups: NetworkGroup[] = [];
  for (const { backbone, model } of models) {
    const key = networkKey(backbone);
    const known = groups.find(group => group.key === key);
    if (known === undefined) groups.push({ key, backbone, models: [model] });
    else known.models.push(model);
  }
  return groups;
}

function placeOf(groups: readonly NetworkGroup[], { model }: OpenedModel): Pick<ServedModel, "network" | "head"> {
  const network = groups.findIndex(({ models }) => models.includes(model));
  return { network, head: groups[network].models.indexOf(model) };
}
