// «Ожидаемая реакция» of the new form follows the chosen criticality, and the clock while somebody looks. Where it cannot
// be asked for (no connection, the session has ended) the old words stay; the same words are not announced again.
"use strict";

function followReaction(box) {
  const form = box.closest("form");
  const chosen = () => form.querySelector("[name=criticality]:checked")?.value ?? "";
  const words = (node) => node.textContent.replace(/\s+/g, " ").trim();
  let asked;

  async function ask() {
    asked?.abort(); // only the last question counts
    asked = new AbortController();
    const url = new URL(box.dataset.reaction, location.href);
    url.searchParams.set("criticality", chosen());
    try {
      const answer = await fetch(url, { signal: asked.signal, redirect: "error", cache: "no-store" });
      if (!answer.ok) return;
      const fresh = document.createElement("template");
      fresh.innerHTML = await answer.text();
      if (words(fresh.content) === words(box)) return;
      box.style.minHeight = `${box.getBoundingClientRect().height}px`; // it opens with the most that it says: nothing under it moves
      box.replaceChildren(fresh.content);
    } catch { /* the old words stay */ }
  }

  const askIfSeen = () => { if (document.visibilityState === "visible") ask(); };
  form.addEventListener("change", (event) => { if (event.target.name === "criticality") ask(); });
  document.addEventListener("visibilitychange", askIfSeen);
  // The browser may show the page as it was left, or choose again what was chosen before.
  addEventListener("pageshow", (event) => { if (event.persisted || chosen() !== box.dataset.chosen) ask(); });
  addEventListener("resize", () => { box.style.minHeight = ""; });
  setInterval(askIfSeen, 60_000);
}

for (const box of document.querySelectorAll("[data-reaction]")) followReaction(box);
