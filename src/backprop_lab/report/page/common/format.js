// Formats numbers consistently across the page.

/** Four significant digits; a real minus sign; powers of ten only far from 1; "NaN" for null and NaN. */
function numberText(value, digits = 4) {
  if (value === null || value === undefined || Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "infinite" : "−infinite";
  const size = Math.abs(value);
  let text;
  if (size === 0) text = "0";
  else if (size < 1e-4 || size >= 1e6) text = withPower(value, digits);
  else if (size >= 10 ** (digits - 1) || Number.isInteger(value)) text = wholeText(Math.round(value));
  else text = value.toPrecision(digits);
  return text.replaceAll("-", "−");
}

/** The same without zeros at the end. */
function shortText(value, digits = 4) {
  const text = numberText(value, digits);
  return text.includes(".") && !text.includes("·") ? text.replace(/\.?0+$/, "") : text;
}

/** An axis tick with as few digits as it needs. */
function tickText(value) {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return withPower(value, 6).replace(/^1·/, "").replaceAll("-", "−");
  return (size >= 1e3 ? wholeText(value) : String(+value.toPrecision(6))).replaceAll("-", "−");
}

const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

/** For example 5.96·10⁻⁸. */
function withPower(value, digits) {
  const [factor, power] = value.toExponential(digits - 1).split("e");
  return `${Number(factor)}·10${[...String(Number(power))].map((digit) => SUPERSCRIPTS[digit]).join("")}`;
}

/** With a capital first letter. */
function capitalized(text) {
  return text[0].toUpperCase() + text.slice(1);
}

function wholeText(value) {
  return value.toLocaleString("en-US");
}
