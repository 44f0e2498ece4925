// Printing: everything that depends on a width is drawn again for the paper, in the colours of the light theme.

/** Prepare each print; `repaint(isPrinting)` draws what depends on colours, at once. */
function enablePrinting(repaint) {
  const prepare = (isPrinting) => {
    document.documentElement.classList.toggle("printing", isPrinting);
    palette = pixelsPerRem = null;
    repaint(isPrinting);
    for (const { element, fit } of widthListeners) if (element.isConnected && element.clientWidth) fit();
  };
  addEventListener("beforeprint", () => prepare(true));
  addEventListener("afterprint", () => prepare(false));
}
