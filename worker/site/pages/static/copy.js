// Adds a button to each quote that copies it with its credit. Without this script, a reader can
// open the line with the credit and select it.
"use strict";
(() => {
  const said = document.createElement("p");
  said.className = "out-of-sight";
  said.setAttribute("role", "status");
  document.getElementById("main").append(said);
  for (const details of document.querySelectorAll(".saying details")) {
    const button = document.createElement("button");
    button.type = "button";
    const number = details.closest("li").querySelector(".number").textContent;
    button.textContent = "Copy quote with credit";
    button.setAttribute("aria-label", `Copy quote ${number} with credit`);
    button.addEventListener("click", async () => {
      const line = details.querySelector(".credit");
      try {
        await navigator.clipboard.writeText(line.textContent);
        button.textContent = "Copied";
        said.textContent = `Quote ${number} copied`;
      } catch {
        details.open = true; // no clipboard outside of https and localhost: select the line instead
        window.getSelection().selectAllChildren(line);
        button.textContent = "Selected: copy it";
        said.textContent = `Quote ${number} selected`;
      }
      window.setTimeout(() => (button.textContent = "Copy quote with credit"), 2000);
    });
    details.before(button);
  }
})();
