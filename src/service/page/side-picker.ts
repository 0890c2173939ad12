import type { Model } from "./answers.js";
import { byId, element } from "./element.js";
import type { Side } from "./search.js";
import { orderTitle } from "./sentences.js";

/** Two lists to choose from: a model and one of its orders. */
export class SidePicker {
  private readonly model: HTMLSelectElement;
  private readonly order: HTMLSelectElement;

  constructor(model: string, order: string) {
    this.model = byId(model, HTMLSelectElement);
    this.order = byId(order, HTMLSelectElement);
  }

  offer(models: readonly Model[]): void {
    this.model.replaceChildren(...models.map(({ id, title }) => element("option", { value: id }, title)));
  }

  show(models: readonly Model[], side: Side): void {
    this.model.value = side.model;
    const orders = models.find(({ id }) => id === side.model)?.orders ?? [];
    this.order.replaceChildren(...orders.map(order => element("option", { value: order }, orderTitle(order))));
    this.order.value = side.order;
  }

  /** What is chosen; an order that the model lacks becomes its first. */
  read(models: readonly Model[]): Side {
    const model = models.find(({ id }) => id === this.model.value) ?? models[0];
    return { model: model.id, order: model.orders.find(order => order === this.order.value) ?? model.orders[0] };
  }
}
