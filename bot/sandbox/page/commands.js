// The bot's commands above the field: all of them at the press of a button, those that begin so as one types "/".

import { element } from "./elements.js";
import { moved } from "./menu.js";

export class Commands {
  /** `field` keeps the focus throughout; `send` is called with the command that was chosen. */
  constructor({ words, name, field, send }) {
    Object.assign(this, { field, send, name });
    this.commands = [];
    this.shown = [];
    this.at = 0;
    this.list = element("div", { class: "menu menu-up", role: "listbox", id: `${name}-commands`, "aria-label": words.commands, hidden: true });
    this.button = element(
      "button",
      { type: "button", class: "icon-button", "aria-label": words.commands, title: words.commands, "aria-expanded": "false", "aria-controls": this.list.id },
      element("span", { "aria-hidden": "true" }, "/"),
    );
    this.element = element("div", { class: "commands" }, this.button, this.list);
    this.button.addEventListener("click", () => { if (this.list.hidden) { this.open(this.commands); field.focus(); } else this.close(); });
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", this.list.id);
    field.addEventListener("input", () => this.typed());
    field.addEventListener("blur", (event) => { if (!this.element.contains(event.relatedTarget)) this.close(); });
  }

  show(commands) {
    this.commands = commands;
    this.element.hidden = commands.length === 0;
    if (!this.list.hidden) this.typed();
  }

  typed() {
    const begun = /^\/(\w*)$/.exec(this.field.value);
    const matching = begun ? this.commands.filter(({ command }) => command.startsWith(begun[1])) : [];
    if (matching.length) this.open(matching);
    else this.close();
  }

  open(commands) {
    this.shown = commands;
    this.list.replaceChildren(...commands.map((command, index) => this.option(command, index)));
    this.list.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    this.mark(0);
  }

  close() {
    this.list.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    this.field.removeAttribute("aria-activedescendant");
  }

  option({ command, description }, index) {
    return element(
      "div",
      {
        class: "menu-item command", role: "option", id: `${this.list.id}-${index}`,
        // The field keeps the focus: a press must not take it away before it counts as a press.
        on: { pointerdown: (event) => event.preventDefault(), click: () => this.choose(index) },
      },
      element("span", { class: "command-description", dir: "auto" }, description),
      element("bdi", { class: "command-name" }, `/${command}`),
    );
  }

  mark(index) {
    this.at = index;
    [...this.list.children].forEach((option, place) => option.setAttribute("aria-selected", String(place === index)));
    this.field.setAttribute("aria-activedescendant", `${this.list.id}-${index}`);
    this.list.children[index].scrollIntoView({ block: "nearest" });
  }

  choose(index) {
    const { command } = this.shown[index];
    this.close();
    if (this.field.value.startsWith("/")) this.field.value = ""; // what was begun is done; anything else stays
    this.send(`/${command}`);
  }

  /** Whether a key was meant for the list. */
  took(event) {
    if (this.list.hidden) return false;
    if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && !event.shiftKey) this.choose(this.at);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") this.mark(moved(event.key, this.at, this.shown.length));
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }
}
