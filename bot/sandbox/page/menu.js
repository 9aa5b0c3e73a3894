// A button with a menu, by the keys of the ARIA menu-button pattern.

import { element } from "./elements.js";

/**
 * `items()` gives what stands in the menu each time that it opens: {label, act}, with `checked` where one of several
 * is chosen, `group` for a heading above it, and `apart` for a line.
 */
export function menuButton({ label, sign, items, className = "" }) {
  const list = element("div", { class: "menu", role: "menu", "aria-label": label, hidden: true });
  const button = element(
    "button",
    { type: "button", class: "icon-button", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": label, title: label },
    element("span", { "aria-hidden": "true" }, sign),
  );
  const holder = element("div", { class: `menu-holder ${className}` }, button, list);
  const entries = () => [...list.querySelectorAll("[role^=menuitem]")];

  function open(last) {
    list.replaceChildren(...items().flatMap((item) => entry(item, close)));
    list.hidden = false;
    button.setAttribute("aria-expanded", "true");
    entries().at(last ? -1 : 0)?.focus();
  }

  function close(refocus = true) {
    if (list.hidden) return;
    list.hidden = true;
    button.setAttribute("aria-expanded", "false");
    if (refocus) button.focus();
  }

  button.addEventListener("click", () => (list.hidden ? open() : close()));
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    open(event.key === "ArrowUp");
  });
  list.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.stopPropagation(); close(); return; }
    if (event.key === "Tab") { close(); return; } // and goes on from the button
    const to = moved(event.key, entries().indexOf(document.activeElement), entries().length);
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    entries()[to].focus();
  });
  holder.addEventListener("focusout", (event) => { if (event.relatedTarget && !holder.contains(event.relatedTarget)) close(false); });
  document.addEventListener("pointerdown", (event) => { if (!holder.contains(event.target)) close(false); });
  return holder;
}

function entry(item, close) {
  const chosen = item.checked !== undefined;
  const made = element(
    "button",
    {
      type: "button", class: "menu-item", role: chosen ? "menuitemradio" : "menuitem", tabindex: "-1",
      "aria-checked": chosen ? String(item.checked) : null,
      on: { click: () => { close(); item.act(); } },
    },
    item.label,
  );
  if (item.group) return [element("div", { class: "menu-group", role: "presentation" }, item.group), made];
  return item.apart ? [element("div", { class: "menu-line", role: "separator" }), made] : [made];
}

/** Where a key leads from one of several that stand in a column; undefined for a key that leads nowhere. */
export function moved(key, at, count) {
  return { ArrowDown: (at + 1) % count, ArrowUp: (at + count - 1) % count, Home: 0, End: count - 1 }[key];
}
