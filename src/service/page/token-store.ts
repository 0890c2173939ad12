const KEPT = "hashbook-token";

/** Keeps the service's token until the window is closed; where the browser lets a page store nothing, until it is left. */
export class TokenStore {
  private held: string | null = null;

  get(): string | null {
    try {
      return sessionStorage.getItem(KEPT) ?? this.held;
    } catch {
      return this.held;
    }
  }

  set(token: string): void {
    this.held = token;
    try {
      sessionStorage.setItem(KEPT, token);
    } catch {
      // It is held for this visit.
    }
  }
}
