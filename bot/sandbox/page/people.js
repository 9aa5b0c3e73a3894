// The contributors: which chats there are, which of them is shown, and how many messages wait unread in each.

import { Column } from "./column.js";
import { element } from "./elements.js";
import { keep, kept } from "./kept.js";
import { languageName } from "./words.js";

const TITLE = document.title;

export class People {
  /** `page` as a column knows it, without what this adds. */
  constructor(page) {
    this.columns = new Map();
    this.chips = new Map();
    this.current = null;
    this.page = { ...page, alone: () => this.columns.size < 2, changed: () => this.showUnread() };
    this.chats = document.getElementById("chats");
    this.list = document.getElementById("people");
    this.view = document.getElementById("view");
    this.sideBySide = kept("view", "all") === "all";
    this.view.addEventListener("click", () => this.arrange(!this.sideBySide));
    this.chats.addEventListener("focusin", (event) => {
      const column = this.all().find((each) => each.element.contains(event.target));
      if (column && column !== this.columns.get(this.current)) this.select(column.person.id);
    });
  }

  all() {
    return [...this.columns.values()];
  }

  get(id) {
    return this.columns.get(id);
  }

  /** Exactly these, in this order. */
  show(people) {
    const there = new Set(people.map((person) => person.id));
    for (const id of [...this.columns.keys()]) if (!there.has(id)) this.remove(id);
    for (const person of people) this.put(person);
    people.forEach((person, place) => {
      moveTo(this.chats, this.columns.get(person.id).element, place);
      moveTo(this.list, this.chips.get(person.id), place);
    });
    this.columns = new Map(people.map((person) => [person.id, this.columns.get(person.id)]));
    this.look();
  }

  put(person) {
    const column = this.columns.get(person.id);
    if (column) column.show(person);
    else this.add(person);
  }

  add(person) {
    const column = new Column(person, this.page);
    column.payload = new URLSearchParams(location.search).get("start") || "";
    this.columns.set(person.id, column);
    this.chats.append(column.element);
    this.chips.set(person.id, this.chip(column));
    this.list.append(this.chips.get(person.id));
    if (this.current === null) this.current = person.id;
    this.look();
    return column;
  }

  remove(id) {
    const place = [...this.columns.keys()].indexOf(id);
    const focused = this.columns.get(id).element.contains(document.activeElement);
    this.columns.get(id).element.remove();
    this.chips.get(id).remove();
    this.columns.delete(id);
    this.chips.delete(id);
    if (this.current === id) this.current = [...this.columns.keys()].at(Math.max(0, place - 1)) ?? null;
    // Whoever was in the chat that is gone goes on in the one shown now.
    if (focused) queueMicrotask(() => (this.columns.get(this.current) || document.getElementById("add")).focus());
  }

  chip(column) {
    const { person } = column;
    return element(
      "li",
      {},
      element(
        "button",
        { type: "button", class: "chip", id: `chip-${person.id}`, on: { click: () => { this.select(person.id); column.focus(); } } },
        element("span", { class: "chip-name", dir: "auto", lang: person.language_code }, person.name),
        element("span", { class: "chip-language", lang: person.language_code }, languageName(person.language_code || "en")),
        element("span", { class: "badge", hidden: true }, element("span", { class: "chip-count" }), element("span", { class: "heard" }, " unread")),
      ),
    );
  }

  select(id) {
    if (!this.columns.has(id)) return;
    this.current = id;
    this.look();
    const column = this.columns.get(id);
    column.element.scrollIntoView({ inline: "nearest", block: "nearest" });
    this.chips.get(id).scrollIntoView({ inline: "nearest", block: "nearest" });
  }

  /** The contributor so many places on, round and round. */
  step(places) {
    const ids = [...this.columns.keys()];
    if (!ids.length) return;
    const id = ids.at((ids.indexOf(this.current) + places) % ids.length);
    this.select(id);
    this.columns.get(id).focus();
  }

  arrange(sideBySide) {
    this.sideBySide = sideBySide;
    keep("view", sideBySide ? "all" : "one");
    this.look();
  }

  /** Which chats are shown now; in a narrow window it is the current one alone, whatever is chosen here. */
  look() {
    this.view.hidden = this.columns.size < 2;
    this.view.setAttribute("aria-pressed", String(this.sideBySide));
    this.chats.classList.toggle("chats-one", !this.sideBySide);
    for (const [id, column] of this.columns) {
      column.element.classList.toggle("column-current", id === this.current);
      this.chips.get(id).firstChild.setAttribute("aria-current", String(id === this.current));
    }
    this.showUnread();
  }

  showUnread() {
    let all = 0;
    for (const [id, column] of this.columns) {
      const { unread } = column.log;
      all += unread;
      const badge = this.chips.get(id)?.querySelector(".badge");
      if (!badge) continue;
      badge.hidden = unread === 0;
      badge.querySelector(".chip-count").textContent = unread;
    }
    document.title = all ? `(${all}) ${TITLE}` : TITLE;
  }
}

/** Moves only what stands elsewhere: moving takes the focus away. */
function moveTo(parent, child, place) {
  if (parent.children[place] !== child) parent.insertBefore(child, parent.children[place] || null);
}
