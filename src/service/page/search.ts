import type { Order, Service } from "./answers.js";

/** A model and an order: one list of results. */
export interface Side {
  readonly model: string;
  readonly order: Order;
}

/** What is searched for: a picture of the gallery, or one that was put in, by its number in this visit. */
export type Query =
  | { readonly kind: "row"; readonly row: number }
  | { readonly kind: "picture"; readonly number: number };

/** All that decides what the page shows. */
export interface Search {
  readonly query: Query | undefined;
  /** One list, or two to compare. */
  readonly sides: readonly [Side] | readonly [Side, Side];
  /** Results a list. */
  readonly k: number;
  /** Bits that a result may differ in; undefined for any number. */
  readonly radius: number | undefined;
}

/** Results that are asked for when nothing else is said. */
export const DEFAULT_K = 20;

/** What a service shows at first. */
export function firstSearch(service: Service): Search {
  const [model] = service.models;
  const side: Side = { model: model.id, order: model.orders[0] };
  return { query: undefined, sides: [side], k: Math.min(DEFAULT_K, service.limits.k), radius: undefined };
}

/** The number of bits of the longest code on the page. */
export function longestCode(service: Service, { sides }: Search): number {
  return Math.max(...sides.map(({ model }) => service.models.find(({ id }) => id === model)?.bits ?? 0));
}

/**
 * What to compare a list with at first: another model, else another order of the same.
 * @returns undefined when the service has one model with one order
 */
export function comparableSide({ models }: Service, { model, order }: Side): Side | undefined {
  const other = models.find(({ id }) => id !== model);
  if (other !== undefined) return { model: other.id, order: other.orders.includes(order) ? order : other.orders[0] };
  const otherOrder = models.find(({ id }) => id === model)?.orders.find(name => name !== order);
  return otherOrder === undefined ? undefined : { model, order: otherOrder };
}
