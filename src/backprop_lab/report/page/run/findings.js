// The findings: the list exists without this script, which makes the buttons jump to the evidence.

function enableFindings() {
  for (const button of document.querySelectorAll("button.show")) {
    button.addEventListener("click", () => {
      if (button.dataset.frame) change({ frame: Number(button.dataset.frame), playing: false });
      const panel = byId(button.dataset.panel);
      panel.scrollIntoView({ block: "nearest" });
      panel.classList.remove("pointed-at");
      requestAnimationFrame(() => panel.classList.add("pointed-at"));
    });
  }
}
