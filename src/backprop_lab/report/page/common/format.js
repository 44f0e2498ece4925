// Numbers as text, the same way everywhere on the page.

/** Four significant digits; a real minus; powers of ten only far from 1; "not a number" for null and NaN. */
function numberText(value, digits = 4) {
  if (value === null || value === undefined || Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "infinite" : "−infinite";
  const size = Math.abs(value);
  let text;
  if (size === 0) text = "0";
  else if (size < 1e-4 || size >= 1e6) text = value.toExponential(digits - 2).replace("e+", "e");
  else if (Number.isInteger(value)) text = value.toLocaleString("en-US");
  else text = value.toPrecision(Math.max(digits, Math.ceil(Math.log10(size + 1))));
  return text.replaceAll("-", "−");
}

/** A tick of an axis: as few digits as it needs. */
function tickText(value) {
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-4 || size >= 1e6) ? value.toExponential().replace("e+", "e") : String(+value.toPrecision(6));
  return (size >= 1e4 && size < 1e6 ? value.toLocaleString("en-US") : text).replaceAll("-", "−");
}

function wholeText(value) {
  return value.toLocaleString("en-US");
}
