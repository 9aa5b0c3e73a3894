// What the bot answers to a press: a few words that pass, or some that have to be pressed away.

import { announce } from "./announcer.js";
import { element } from "./elements.js";
import { languageOf } from "./languages.js";

const STAYS = 3500;

export class Notices {
  constructor(words) {
    this.words = words;
    this.toast = element("p", { class: "toast", dir: "auto" });
    this.element = element("div", { class: "alert", hidden: true });
  }

  toastFor(text, language) {
    this.toast.textContent = text;
    this.toast.lang = languageOf(text, language);
    this.toast.classList.add("toast-shown");
    announce([text, this.toast.lang]);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { this.toast.classList.remove("toast-shown"); this.toast.textContent = ""; }, STAYS);
  }

  /**
   * `behind` can be neither read nor pressed until it is gone; other contributors' chats can. `otherwise()` takes the
   * focus where what had it before is gone by then.
   */
  alertFor(text, language, behind, otherwise) {
    const before = document.activeElement;
    const shut = () => {
      this.element.hidden = true;
      for (const part of behind) part.inert = false;
      if (before?.isConnected) before.focus();
      else otherwise();
    };
    const close = element("button", { type: "button", class: "action action-main", on: { click: shut } }, this.words.ok);
    this.element.replaceChildren(
      element(
        "div",
        { class: "alert-card", role: "alertdialog", "aria-label": text, on: { keydown: (event) => { if (event.key === "Escape") shut(); } } },
        element("p", { dir: "auto", lang: languageOf(text, language) }, text),
        close,
      ),
    );
    this.element.hidden = false;
    for (const part of behind) part.inert = true;
    close.focus();
  }
}
