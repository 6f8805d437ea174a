"use strict";
// The theme is Airflow's: its own page around this one, else what it remembers, else the system's.
(() => {
  const root = document.documentElement;
  const around = () => { try { return window.parent !== window ? window.parent.document.documentElement : null; } catch { return null; } };
  const theme = () => {
    const outer = around();
    if (outer && outer.classList.contains("dark")) return "dark";
    if (outer && outer.classList.contains("light")) return "light";
    const kept = localStorage.getItem("theme");
    return kept === "dark" || kept === "light" ? kept : "";
  };
  const apply = () => { const now = theme(); if (now) root.dataset.theme = now; else delete root.dataset.theme; };
  apply();
  const outer = around();
  if (outer) { root.classList.add("is-embedded"); new MutationObserver(apply).observe(outer, { attributes: true, attributeFilter: ["class"] }); }
  window.addEventListener("storage", apply);

  const busy = (on) => {
    root.classList.toggle("is-busy", on);
    const said = document.getElementById("busy");
    if (said) said.textContent = on ? "Loading" : "";
  };
  window.addEventListener("pageshow", () => busy(false));

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    if (link.hasAttribute("download") || link.getAttribute("href").startsWith("#")) return;
    if (link.hasAttribute("data-airflow") && outer) {
      // Airflow's own pages open around the desk, not inside it.
      event.preventDefault();
      const twin = outer.ownerDocument.createElement("a");
      twin.href = link.href;
      outer.ownerDocument.body.append(twin);
      twin.click();
      twin.remove();
      return;
    }
    busy(true);
  });

  // On a phone the menu is one button; without this script it stands open.
  root.classList.add("has-script");
  document.addEventListener("click", (event) => {
    const menu = event.target.closest("button.to-tabs");
    if (menu) menu.setAttribute("aria-expanded", String(menu.getAttribute("aria-expanded") !== "true"));
  });

  document.addEventListener("change", (event) => {
    const name = event.target.dataset && event.target.dataset.all;
    if (!name) return;
    for (const box of document.querySelectorAll(`input[name="${name}"]:not(:disabled)`)) box.checked = event.target.checked;
  });

  // What was missing for one button must not keep the next one from sending.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    for (const field of (button && button.form && button.form.elements) || []) field.setCustomValidity("");
  }, true);

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    const form = event.target;
    if (form.method !== "post") { busy(true); return; }
    const needed = ((button && button.dataset.needs) || "").split(" ").filter(Boolean).map((id) => document.getElementById(id));
    const boxes = [...form.querySelectorAll('input[type="checkbox"][name="ids"]')];
    const whole = form.elements.whole && form.elements.whole.checked;
    const none = boxes.length && !whole && !boxes.some((box) => box.checked);
    const faulty = none ? boxes.find((box) => !box.disabled) || boxes[0] : needed.find((field) => !field.value.trim());
    if (faulty) {
      event.preventDefault();
      faulty.setCustomValidity(none ? "Choose at least one." : faulty.type === "date" ? "Say until when." : "Say why.");
      faulty.reportValidity();
      return;
    }
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    busy(true);
  });
})();
