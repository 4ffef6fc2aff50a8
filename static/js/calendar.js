// The year grid by keys, and a day opened without leaving the page. Without this file every day is a link to its form.
"use strict";

(() => {
  const grid = document.querySelector("[data-year-grid]");
  if (!grid) return;
  const cells = [...grid.querySelectorAll("[data-date]")];
  const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
  const KINDS = { KeyC: "short", KeyD: "off", KeyH: "working" };
  const quick = document.querySelector("[data-quick-day]");
  const panel = () => document.getElementById("day");

  // One day of the year is reached by Tab, the others by the arrows.
  function settle(cell, { focus = true } = {}) {
    for (const other of cells) other.tabIndex = other === cell ? 0 : -1;
    if (focus) cell.focus();
  }

  // The same day of another month, or its last one.
  function monthAway(cell, step) {
    const [, month, day] = cell.dataset.date.split("-").map(Number);
    const target = String(month + step).padStart(2, "0");
    const there = cells.filter((other) => other.dataset.date.slice(5, 7) === target);
    return there[Math.min(day, there.length) - 1];
  }

  function press(event) {
    const cell = event.target.closest("[data-date]");
    if (!cell || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const { code } = event;
    let next = null;
    if (code in STEPS) next = cells[cells.indexOf(cell) + STEPS[code]];
    else if (code === "PageUp" || code === "PageDown") next = monthAway(cell, code === "PageUp" ? -1 : 1);
    else if (code in KINDS && !event.repeat) {
      quick.elements.date.value = cell.dataset.date;
      quick.elements["day-kind"].value = KINDS[code];
      quick.submit();
    } else return;
    event.preventDefault();
    if (next) settle(next);
  }

  async function open(event) {
    const cell = event.target.closest("[data-date]");
    if (!cell || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    settle(cell, { focus: false });
    try {
      const answer = await fetch(cell.href);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("day");
      if (!fresh) throw new Error("no form");
      panel()?.remove();
      document.querySelector("#content").append(fresh);
      for (const other of cells) other.removeAttribute("aria-current");
      cell.setAttribute("aria-current", "true");
      greet();
    } catch {
      location.assign(cell.href);
    }
  }

  function close(event) {
    const asked = event.type === "keydown" ? event.key === "Escape" : event.target.closest("[data-close-day]");
    if (!panel() || !asked) return;
    const cell = grid.querySelector("[aria-current]");
    event.preventDefault();
    panel().remove();
    cell?.removeAttribute("aria-current");
    settle(cell ?? cells[0]);
  }

  // The form takes the focus, and its day is in sight above it.
  function greet() {
    panel().querySelector("[aria-invalid=true], :checked")?.focus({ preventScroll: true });
    grid.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }

  const named = document.getElementById(location.hash.slice(1));
  const saved = cells.includes(named) ? named : null;
  settle(saved ?? grid.querySelector("[aria-current], .yd-today") ?? cells[0], { focus: Boolean(saved) });
  grid.addEventListener("keydown", press);
  grid.addEventListener("click", open);
  document.addEventListener("click", close);
  document.addEventListener("keydown", close);
  // The address leads to the form; when the browser has gone there, the day comes into sight.
  if (panel()) addEventListener("load", greet);
})();
