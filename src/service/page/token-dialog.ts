import { byId } from "./element.js";

/** Asks for the service's token, once for all requests that need it at the same time. */
export class TokenDialog {
  private readonly dialog = byId("token-dialog", HTMLDialogElement);
  private readonly field = byId("token", HTMLInputElement);
  private readonly fault = byId("token-fault", HTMLElement);
  private pending: Promise<string | undefined> | undefined;

  /** @param isWrong whether one was given and refused @returns undefined when the dialog is left without one */
  ask(isWrong: boolean): Promise<string | undefined> {
    this.pending ??= this.open(isWrong).finally(() => {
      this.pending = undefined;
    });
    return this.pending;
  }

  private open(isWrong: boolean): Promise<string | undefined> {
    this.fault.textContent = isWrong ? "The service did not take this token." : "";
    this.field.value = "";
    this.field.toggleAttribute("aria-invalid", isWrong);
    this.dialog.returnValue = "";
    this.dialog.showModal();
    return new Promise(resolve => {
      this.dialog.addEventListener(
        "close",
        () => resolve(this.dialog.returnValue === "given" && this.field.value !== "" ? this.field.value : undefined),
        { once: true },
      );
    });
  }
}
