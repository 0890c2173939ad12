import { escapeHtml } from "./table.js";

/** The data URI of a picture by its address in a text; undefined when it is not to be had. */
export type PictureOf = (target: string) => string | undefined;

/** HTML of a notebook as a page of ours may hold it. Without `picture` only pictures that are data URIs stay. */
export type SafeHtml = (html: string, picture?: PictureOf) => string;

/** What of an element is read and set here. */
interface SafeElement {
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  hasAttribute(name: string): boolean;
  outerHTML: string;
}

const SETTINGS = {
  // Inert; KaTeX keeps the source of an equation in them.
  ADD_TAGS: ["semantics", "annotation"],
  // They would act on the page around, or promise an action that does nothing.
  FORBID_TAGS: ["style", "form", "input", "button", "textarea", "select", "dialog", "audio", "video"],
  FORBID_ATTR: ["srcset", "background", "poster", "autofocus"],
};

/** Embeds a picture, or puts its text in its place: the page loads nothing. */
function embedPicture(image: SafeElement, picture: PictureOf): void {
  const target = image.getAttribute("src") ?? "";
  const uri = /^data:image\//i.test(target) ? target : picture(target);
  if (uri === undefined) image.outerHTML = `<em>[${escapeHtml(image.getAttribute("alt") || "picture")}]</em>`;
  else image.setAttribute("src", uri);
}

/**
 * Loads what makes HTML of others harmless (DOMPurify on a window of jsdom): no scripts and no handlers, nothing that covers
 * the page around it, nothing that is loaded from elsewhere.
 */
export async function safeHtml(): Promise<SafeHtml> {
  const [{ JSDOM, VirtualConsole }, { default: createPurifier }] = await Promise.all([
    import("jsdom"),
    import("dompurify"),
  ]);
  const { window } = new JSDOM("", { virtualConsole: new VirtualConsole() }); // which tells nobody of bad style sheets
  const purifier = createPurifier(window);
  purifier.addHook("afterSanitizeAttributes", node => {
    const element = node as unknown as SafeElement;
    const style = element.getAttribute("style");
    if (style !== null && /url\(|image-set\(|position|z-index|@import|\\/i.test(style))
      element.removeAttribute("style");
    // In SVG these load; links of pages are plain `href` of `a`.
    for (const name of ["href", "xlink:href"]) {
      const inPicture = /^(image|use|feimage|pattern|lineargradient|radialgradient)$/i.test(node.nodeName);
      if (inPicture && !/^(#|data:image\/)/.test(element.getAttribute(name) ?? "#")) element.removeAttribute(name);
    }
  });
  return (html, picture = () => undefined) => {
    const body = purifier.sanitize(html, { ...SETTINGS, RETURN_DOM: true }) as unknown as {
      querySelectorAll(selector: string): Iterable<SafeElement>;
      innerHTML: string;
    };
    for (const image of [...body.querySelectorAll("img")]) embedPicture(image, picture);
    return body.innerHTML;
  };
}
