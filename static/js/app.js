// Extras of every page: without this file forms post, details open and files go the browser's own way.
"use strict";

// The last button sends; one before it may answer a warning («Отправить всё равно»).
const sendButton = (form) => [...form.querySelectorAll("button:not([type=button])")].at(-1);
const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);

// A form is sent once: the second press does nothing, the button says what happens.
function guardForms() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-guard]") || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    const button = event.submitter || sendButton(form);
    if (!button) return;
    button.setAttribute("aria-disabled", "true");
    const words = button.querySelector("span");
    if (button.dataset.busy && words) { words.dataset.idle = words.textContent; words.textContent = button.dataset.busy; }
  });
  // The back button may show the page as it was left.
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
      for (const words of form.querySelectorAll("[data-idle]")) { words.textContent = words.dataset.idle; delete words.dataset.idle; }
    }
  });
}

function revealPasswords() {
  for (const box of document.querySelectorAll("[data-reveal]")) {
    const input = box.querySelector("input");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn";
    const draw = () => {
      const shown = input.type === "text";
      button.textContent = shown ? box.dataset.hide : box.dataset.show;
      button.setAttribute("aria-pressed", String(shown));
      button.setAttribute("aria-label", box.dataset.label);
    };
    button.addEventListener("click", () => { input.type = input.type === "text" ? "password" : "text"; draw(); input.focus(); });
    input.form?.addEventListener("submit", () => { input.type = "password"; draw(); });
    draw();
    box.append(button);
  }
}

function copyButtons() {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    const label = button.getAttribute("aria-label");
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.setAttribute("aria-label", button.dataset.done);
      button.dataset.copied = "";
      setTimeout(() => { button.setAttribute("aria-label", label); delete button.dataset.copied; }, 2000);
    });
  }
}

const EXECUTABLE = /\.(exe|msi|bat|cmd|com|scr|pif|cpl|jar|js|jse|vbs|vbe|wsf|ps1|hta|lnk|reg|dll|apk|sh)$/i;

// The chosen files as rows; what cannot be sent is refused at once and named.
class FilePicker {
  constructor(box) {
    this.box = box;
    this.say = box.dataset;
    this.input = box.querySelector("input[type=file]");
    this.list = box.querySelector(".file-list");
    this.errors = box.querySelector(".file-errors");
    this.files = [];
    box.classList.add("js-files");
    this.input.addEventListener("change", () => this.add(this.input.files));
    if (matchMedia("(hover: hover) and (pointer: fine)").matches) this.acceptDrops();
    if (this.input.files.length) this.add(this.input.files);
  }

  acceptDrops() {
    this.box.classList.add("can-drop");
    for (const name of ["dragenter", "dragover"]) this.box.addEventListener(name, (event) => { event.preventDefault(); this.box.classList.add("is-over"); });
    for (const name of ["dragleave", "drop"]) this.box.addEventListener(name, () => this.box.classList.remove("is-over"));
    this.box.addEventListener("drop", (event) => { event.preventDefault(); this.add(event.dataTransfer.files); });
  }

  problem(file, kept) {
    const limit = this.input.multiple ? Number(this.say.maxCount) : 1;
    if (file.size === 0) return this.say.msgEmpty;
    if (file.size > Number(this.say.maxSize)) return this.say.msgSize;
    if (EXECUTABLE.test(file.name)) return this.say.msgExecutable;
    return kept.length >= limit ? this.say.msgCount : "";
  }

  add(chosen) {
    const kept = this.input.multiple ? [...this.files] : [];
    const problems = [];
    for (const file of chosen) {
      if (kept.some((other) => other.name === file.name && other.size === file.size && other.lastModified === file.lastModified)) continue;
      const problem = this.problem(file, kept);
      if (problem) problems.push(fill(problem, { name: file.name })); else kept.push(file);
    }
    this.files = kept;
    this.errors.replaceChildren(...[...new Set(problems)].map((text) => {
      const line = document.createElement("p");
      line.className = "error";
      line.textContent = text;
      return line;
    }));
    this.draw();
  }

  size(bytes) {
    const number = (value, digits) => value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: digits });
    if (bytes < 1000) return fill(this.say.unitB, { size: bytes });
    if (bytes < 999500) return fill(this.say.unitKb, { size: Math.round(bytes / 1000) });
    return fill(this.say.unitMb, { size: number(bytes / 1e6, bytes < 1e7 ? 1 : 0) });
  }

  draw() {
    const data = new DataTransfer();
    for (const file of this.files) data.items.add(file);
    this.input.files = data.files;
    this.list.hidden = !this.files.length;
    this.list.replaceChildren(...this.files.map((file, index) => {
      const row = document.createElement("li");
      const name = document.createElement("span");
      const size = document.createElement("span");
      const remove = document.createElement("button");
      name.className = "file-name";
      name.textContent = file.name;
      size.className = "file-size";
      size.textContent = this.size(file.size);
      remove.type = "button";
      remove.className = "btn";
      remove.textContent = this.say.remove;
      remove.setAttribute("aria-label", fill(this.say.msgRemove, { name: file.name }));
      remove.addEventListener("click", () => { this.files.splice(index, 1); this.errors.replaceChildren(); this.draw(); this.input.focus(); });
      row.append(name, size, remove);
      return row;
    }));
  }
}

// A link of the error summary opens what hides its field, then moves the focus there.
function errorLinks() {
  document.querySelector("[data-error-summary]")?.focus();
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-error-summary] a");
    const target = link && document.getElementById(link.hash.slice(1));
    if (!target) return;
    event.preventDefault();
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    target.focus({ preventScroll: true });
    (target.closest(".field") || target).scrollIntoView({ block: "center" });
  });
}

// Menus close by Esc, by a click beside them, and when another one opens.
function menus() {
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("[data-menu][open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });
}

function ctrlEnter() {
  document.addEventListener("keydown", (event) => {
    if (event.code !== "Enter" && event.code !== "NumpadEnter" || !(event.ctrlKey || event.metaKey)) return;
    const form = event.target.closest?.("[data-ctrl-enter]");
    if (form && event.target.matches("textarea, input")) { event.preventDefault(); form.requestSubmit(sendButton(form)); }
  });
}

guardForms();
revealPasswords();
copyButtons();
for (const box of document.querySelectorAll("[data-files]")) new FilePicker(box);
errorLinks();
menus();
ctrlEnter();
