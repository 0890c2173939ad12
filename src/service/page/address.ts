// A search as a link that can be kept and sent: ?row=12&model=hashnet-48&order=hamming&k=20&radius=2
import type { Model, Service } from "./answers.js";
import { firstSearch, type Search, type Side } from "./search.js";

/**
 * The part of an address from "?" on. A picture that was put in has no place in it; what is as at first is left out.
 * @returns "" for the page as it opens
 */
export function addressOf(search: Search, service: Service): string {
  const first = firstSearch(service);
  const [side, compared] = search.sides;
  const words = new URLSearchParams();
  if (search.query?.kind === "row") words.set("row", `${search.query.row}`);
  if (compared !== undefined || side.model !== first.sides[0].model || side.order !== first.sides[0].order) {
    words.set("model", side.model);
    words.set("order", side.order);
  }
  if (compared !== undefined) {
    words.set("compare", compared.model);
    words.set("compareOrder", compared.order);
  }
  if (search.k !== first.k) words.set("k", `${search.k}`);
  if (search.radius !== undefined) words.set("radius", `${search.radius}`);
  return words.size === 0 ? "" : `?${words}`;
}

/** A search read from an address, and a sentence for each word of it that could not be taken. */
export interface ReadAddress {
  readonly search: Search;
  readonly notices: readonly string[];
}

/** The search that an address means; what it does not say, or says wrongly, is as at first. */
export function searchOf(address: string, service: Service): ReadAddress {
  const words = new URLSearchParams(address);
  const first = firstSearch(service);
  const notices: string[] = [];
  const whole = (name: string, least: number, most: number): number | undefined => {
    const text = words.get(name);
    if (text === null) return undefined;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    notices.push(`The link says ${name}=${text}; a whole number from ${least} to ${most} was expected.`);
    return undefined;
  };
  const side = readSide(words.get("model"), words.get("order"), service, notices) ?? first.sides[0];
  const compared = words.has("compare")
    ? readSide(words.get("compare"), words.get("compareOrder"), service, notices)
    : undefined;
  const row = whole("row", 0, service.gallery.items - 1);
  const sides: Search["sides"] = compared === undefined ? [side] : [side, compared];
  const bits = Math.max(...service.models.map(model => model.bits));
  const search: Search = {
    query: row === undefined ? undefined : { kind: "row", row },
    sides,
    k: whole("k", 1, service.limits.k) ?? first.k,
    radius: whole("radius", 0, bits),
  };
  return { search, notices };
}

function readSide(id: string | null, order: string | null, service: Service, notices: string[]): Side | undefined {
  if (id === null) return undefined;
  const model = service.models.find(known => known.id === id);
  if (model === undefined) {
    const known = service.models.map(each => each.id).join(", ");
    notices.push(`The link names the model "${id}", which this service does not have; it has ${known}.`);
    return undefined;
  }
  return { model: model.id, order: readOrder(order, model, notices) };
}

function readOrder(order: string | null, model: Model, notices: string[]): Side["order"] {
  const known = model.orders.find(name => name === order);
  if (known === undefined && order !== null) {
    notices.push(`The link asks for the order "${order}"; ${model.title} has ${model.orders.join(", ")}.`);
  }
  return known ?? model.orders[0];
}
