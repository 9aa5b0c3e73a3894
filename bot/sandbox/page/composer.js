// Writing to the bot: the field, what sends it, and the commands.

import { Commands } from "./commands.js";
import { element } from "./elements.js";

const TALLEST = 140;

export class Composer {
  /** `say(text)` sends; `up()` is called for the arrow up in an empty field. */
  constructor({ words, name, say, up }) {
    Object.assign(this, { say, up });
    this.field = element("textarea", { class: "field", rows: "1", dir: "auto", placeholder: words.message, "aria-label": words.message });
    this.send = element("button", { type: "submit", class: "send", "aria-label": words.send, title: words.send, disabled: true });
    this.commands = new Commands({ words, name, field: this.field, send: (text) => { this.fit(); say(text); } });
    this.element = element("form", { class: "composer", on: { submit: (event) => this.sent(event) } }, this.commands.element, this.field, this.send);
    this.field.addEventListener("input", () => this.fit());
    this.field.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    if (event.isComposing || this.commands.took(event)) return;
    if (event.key === "Enter" && !event.shiftKey) this.sent(event);
    if (event.key === "ArrowUp" && !event.altKey && !this.field.value) {
      event.preventDefault();
      this.up();
    }
  }

  sent(event) {
    event.preventDefault();
    const text = this.field.value;
    if (!text.trim()) return;
    this.field.value = "";
    this.fit();
    this.field.focus();
    this.say(text);
  }

  /** As high as what is written needs. */
  fit() {
    this.send.disabled = !this.field.value.trim();
    this.field.style.height = "auto";
    const borders = this.field.offsetHeight - this.field.clientHeight;
    this.field.style.height = `${Math.min(this.field.scrollHeight + borders, TALLEST)}px`;
  }

  focus() {
    this.field.focus();
  }
}
