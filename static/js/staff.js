// Keys of the staff pages. They follow the place of the key (event.code), so that a Russian layout changes nothing.
"use strict";

(() => {
  const SWITCH = "desk-keys-off";
  const off = () => localStorage.getItem(SWITCH) === "1";
  const inField = (target) => target.closest?.("input, textarea, select, [contenteditable]");

  function press(event) {
    if (off() || inField(event.target) || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.repeat) return;
    if (event.code === "KeyT") {
      const form = document.querySelector("[data-take]");
      if (form) { event.preventDefault(); form.requestSubmit(); }
    } else if (event.code === "Slash") {
      const search = document.getElementById("desk-q");
      if (search) { event.preventDefault(); search.focus(); }
    } else if (event.code === "KeyR" || event.code === "KeyI") {
      write(event, event.code === "KeyR" ? "reply" : "note");
    }
  }

  // R opens the reply, I the note; both put the cursor into the text.
  function write(event, kind) {
    const text = document.querySelector(`.write-${kind} textarea`);
    if (!text) return;
    event.preventDefault();
    const tab = document.getElementById(`write-${kind}`);
    if (tab) tab.checked = true;
    text.focus();
  }

  function keysSwitch() {
    const label = document.querySelector("[data-keys-switch]");
    if (!label) return;
    const box = label.querySelector("input");
    label.hidden = false;
    box.checked = !off();
    box.addEventListener("change", () => localStorage.setItem(SWITCH, box.checked ? "0" : "1"));
  }

  // The pinned composer stays open while it holds text.
  function keepComposerOpen() {
    const composer = document.getElementById("composer");
    if (!composer) return;
    const look = () => composer.classList.toggle("is-filled", [...composer.querySelectorAll("textarea")].some((text) => text.value) || Boolean(composer.querySelector(".file-list li")));
    composer.addEventListener("input", look);
    composer.addEventListener("focusout", look);
    look();
  }

  // Rows of the stock admin's inlines have no labels: the heading of the column becomes the name of its control.
  function nameInlineControls() {
    for (const table of document.querySelectorAll(".inline-group table")) {
      const heads = [...table.querySelectorAll("thead th:not(.original)")].map((head) => head.firstChild?.textContent.trim());
      for (const row of table.querySelectorAll("tbody tr")) {
        const cells = [...row.cells].filter((cell) => !cell.classList.contains("original"));
        cells.forEach((cell, index) => {
          for (const control of cell.querySelectorAll("input:not([type=hidden]), select, textarea")) {
            if (!control.labels?.length && heads[index]) control.setAttribute("aria-label", heads[index]);
          }
        });
      }
    }
    for (const group of document.querySelectorAll(".inline-group, #changelist-form .results")) group.tabIndex = 0;
  }

  // A strip that is wider than the phone shows the part that is open.
  function showCurrent() {
    for (const current of document.querySelectorAll(".tabs [aria-current], .desk-nav [aria-current]")) {
      const strip = current.closest("ul, nav");
      const [place, view] = [current.getBoundingClientRect(), strip.getBoundingClientRect()];
      if (place.left < view.left || place.right > view.right) strip.scrollLeft += place.left - view.left - 16;
    }
  }

  showCurrent();
  keepComposerOpen();
  nameInlineControls();
  document.addEventListener("formset:added", nameInlineControls);
  // The ready text of the chosen reason stands in the box until somebody writes words of his own.
  function readyTexts() {
    for (const box of document.querySelectorAll("[data-texts]")) {
      const texts = JSON.parse(box.dataset.texts);
      box.form.addEventListener("change", (event) => {
        const isOwn = box.value.trim() && !Object.values(texts).includes(box.value);
        if (event.target.type === "radio" && !isOwn) box.value = texts[event.target.value] ?? "";
      });
    }
  }

  document.addEventListener("keydown", press);
  keysSwitch();
  readyTexts();
})();
