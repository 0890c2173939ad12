/** Signs that LaTeX reads, and how they are printed. */
const SPECIAL: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "{": "\\{",
  "}": "\\}",
  $: "\\$",
  "&": "\\&",
  "#": "\\#",
  "%": "\\%",
  _: "\\_",
  "^": "\\^{}",
  "~": "\\~{}",
  "<": "$<$",
  ">": "$>$",
  "|": "$|$",
  '"': "''",
  "†": "$^{\\dagger}$",
  "–": "--",
  "—": "---",
  "…": "\\dots{}",
  "\u00a0": "~",
};

/** Signs of formulas and Greek letters, as pdfLaTeX has them. */
const MATHS: Readonly<Record<string, string>> = {
  ...{
    "≤": "\\leq",
    "≥": "\\geq",
    "≠": "\\neq",
    "≈": "\\approx",
    "±": "\\pm",
    "×": "\\times",
    "·": "\\cdot",
    "−": "-",
  },
  ...{
    "∞": "\\infty",
    Σ: "\\Sigma",
    "√": "\\surd",
    "∈": "\\in",
    "→": "\\to",
    "∪": "\\cup",
    "∩": "\\cap",
    "½": "\\frac{1}{2}",
  },
  ...{
    "⌊": "\\lfloor",
    "⌋": "\\rfloor",
    "⌈": "\\lceil",
    "⌉": "\\rceil",
    "′": "'",
    "²": "^{2}",
    "³": "^{3}",
    "°": "^{\\circ}",
  },
  ...{ "₀": "_{0}", "₁": "_{1}", "₂": "_{2}", ᵢ: "_{i}" },
  ...{
    α: "\\alpha",
    β: "\\beta",
    γ: "\\gamma",
    δ: "\\delta",
    ε: "\\varepsilon",
    ζ: "\\zeta",
    η: "\\eta",
    θ: "\\theta",
  },
  ...{ κ: "\\kappa", λ: "\\lambda", µ: "\\mu", μ: "\\mu", ν: "\\nu", ξ: "\\xi", π: "\\pi", ρ: "\\rho", σ: "\\sigma" },
  ...{ τ: "\\tau", φ: "\\varphi", χ: "\\chi", ψ: "\\psi", ω: "\\omega", Δ: "\\Delta", Γ: "\\Gamma", Λ: "\\Lambda" },
  ...{ Π: "\\Pi", Φ: "\\Phi", Ψ: "\\Psi", Ω: "\\Omega", Θ: "\\Theta" },
};

/** Text as LaTeX prints it: signs that it reads stand for themselves, those of formulas are set as such. */
export function latexText(text: string): string {
  const printed = Array.from(text.replace(/\s*\n\s*/g, " "), sign =>
    Object.hasOwn(SPECIAL, sign) ? SPECIAL[sign] : Object.hasOwn(MATHS, sign) ? `$${MATHS[sign]}$` : sign,
  );
  return printed.join("");
}
