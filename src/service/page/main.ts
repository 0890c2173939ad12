import { walkByArrows } from "./arrow-keys.js";
import { offerCamera } from "./camera.js";
import { byId, element } from "./element.js";
import { Messages } from "./messages.js";
import { offerInputs } from "./picture-input.js";
import { SearchPage } from "./search-page.js";
import { listing, plural } from "./sentences.js";
import { ServiceClient } from "./service-client.js";
import { offerThemes } from "./theme.js";
import { TokenDialog } from "./token-dialog.js";

/** Asks the service what it has, and opens the page for it. */
async function open(): Promise<void> {
  offerThemes();
  foldSettings();
  offerSkip();
  const messages = new Messages();
  const dialog = new TokenDialog();
  const client = new ServiceClient({
    token: isWrong => dialog.ask(isWrong),
    waiting: (seconds, why) => messages.wait(seconds, why),
  });
  try {
    const service = await client.service();
    messages.endWait();
    byId("gallery", HTMLElement).append(
      element("strong", { dir: "auto" }, service.dataset.title),
      ` ${plural(service.gallery.items, "picture")}`,
    );
    const codes = listing([...new Set(service.models.map(({ bits }) => `${bits}`))]);
    byId("promise", HTMLElement).textContent =
      `Found among ${plural(service.gallery.items, "picture")} by hash codes of ${codes} bits.`;
    const page = new SearchPage(client, service, messages);
    const receiver = {
      take: (picture: File) => page.take(picture),
      refuse: (why: string) => messages.fail(why),
    };
    offerInputs(receiver, service.formats);
    void offerCamera(receiver);
    walkByArrows(byId("main", HTMLElement));
    byId("ask", HTMLElement).hidden = false;
    page.arrive("arrival");
  } catch (error) {
    messages.onRetry(() => location.reload());
    messages.fail(error instanceof Error ? error.message : `${error}`, "again");
  }
}

/** On a narrow screen settings would push the results out of sight: they are folded there. */
function foldSettings(): void {
  const fold = byId("settings-fold", HTMLDetailsElement);
  const wide = matchMedia("(width >= 56rem)");
  const show = (): void => {
    fold.open = wide.matches;
  };
  show();
  wide.addEventListener("change", show);
}

/** To the results without a new address, which would be a place in the history. */
function offerSkip(): void {
  byId("skip", HTMLAnchorElement).addEventListener("click", event => {
    event.preventDefault();
    byId("results", HTMLElement).focus();
  });
}

void open();
