import { byId } from "./element.js";

const KEPT = "hashbook-theme";
const CHOICES = ["auto", "light", "dark"] as const;
type Theme = (typeof CHOICES)[number];

const isTheme = (text: string | null): text is Theme => CHOICES.some(choice => choice === text);

/** Lets one choose between light, dark and what the system has; the choice is kept in the browser. */
export function offerThemes(): void {
  const select = byId("theme", HTMLSelectElement);
  const kept = keptTheme();
  select.value = kept;
  show(kept);
  select.addEventListener("change", () => {
    if (!isTheme(select.value)) return;
    show(select.value);
    keep(select.value);
  });
}

function show(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
}

function keptTheme(): Theme {
  try {
    const kept = localStorage.getItem(KEPT);
    return isTheme(kept) ? kept : "auto";
  } catch {
    return "auto"; // Storage may be switched off; then the choice holds for this visit.
  }
}

function keep(theme: Theme): void {
  try {
    localStorage.setItem(KEPT, theme);
  } catch {
    // As above.
  }
}
