// The example beside the terms of a level follows what is typed; without this file the button «Показать» asks for it.
"use strict";

(() => {
  const form = document.querySelector("[data-preview]");
  const box = form?.querySelector("[data-preview-box]");
  if (!box) return;
  form.querySelector("[data-preview-button]").hidden = true;
  let timer = 0;
  let asked = 0;

  async function ask() {
    const told = new URLSearchParams(new FormData(form));
    told.delete("csrfmiddlewaretoken");
    const number = ++asked;
    try {
      const answer = await fetch(`${form.dataset.preview}?${told}`, { redirect: "error" });
      if (answer.ok && number === asked) box.innerHTML = await answer.text();
    } catch { /* without a connection, or when the session has ended, the last example stays */ }
  }

  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 300); });
})();
