/**
 * Script of the report: figures come alive when they scroll into view, and their pictures stay for paper; code can be folded
 * all at once; the contents show where the reader is.
 */
export const reportScript: string = `
(() => {
  const draw = holder => {
    const figure = JSON.parse(holder.querySelector("script").textContent);
    const target = document.createElement("div");
    target.style.height = (figure.layout.height || 400) + "px";
    holder.append(target);
    holder.classList.toggle("drawn", true);
    Plotly.newPlot(target, figure.data, { ...figure.layout, autosize: true }, { ...figure.config, responsive: true, displayModeBar: false });
  };
  const seen = new IntersectionObserver(entries => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      draw(target);
    }
  }, { rootMargin: "400px" });
  if (typeof Plotly !== "undefined") for (const holder of document.querySelectorAll(".figure.live")) seen.observe(holder);
  const button = document.getElementById("fold");
  button.hidden = document.querySelector("details.code") === null;
  button.addEventListener("click", () => {
    const all = [...document.querySelectorAll("details.code")];
    const open = !all.some(cell => cell.open);
    for (const cell of all) cell.open = open;
    button.textContent = open ? "Hide all code" : "Show all code";
  });
  const links = [...document.querySelectorAll("nav.contents a")];
  const mark = () => {
    const passed = links.filter(link => {
      const heading = document.getElementById(link.hash.slice(1));
      return heading !== null && heading.getBoundingClientRect().top < innerHeight / 3;
    });
    for (const link of links) link.classList.toggle("here", link === passed.at(-1));
  };
  addEventListener("scroll", mark, { passive: true });
  mark();
})();
`;
