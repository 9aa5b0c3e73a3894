// One contributor's chat: what they see, and what they can do about it.

import { bubble } from "./bubbles.js";
import { element } from "./elements.js";
import { post } from "./server.js";
import { languageName, wordsFor } from "./words.js";

const TOAST_STAYS = 3500;
const ACTION_STAYS = 5000; // as the Bot API says of sendChatAction
const NEAR_THE_END = 80;
const COLOURS = 6;

export class Column {
  constructor(person, botUsername, askPayload) {
    this.person = person;
    this.botUsername = botUsername;
    this.askPayload = askPayload;
    this.words = wordsFor(person.language_code);
    this.messages = new Map(person.messages.map((message) => [message.id, message]));
    this.waiting = new Map(); // callback id -> the button that was pressed
    this.answered = new Set(); // answers that came before the press had returned its callback's id
    this.payload = "";
    this.build();
    this.followEnd();
    this.showAll();
  }

  // What stands there.

  build() {
    const { person, words } = this;
    this.log = element("div", { class: "log", role: "log", "aria-live": "polite", tabindex: "0", "aria-label": person.name });
    this.toast = element("div", { class: "toast", role: "status", "aria-live": "polite", dir: "auto" });
    this.status = element("span", { class: "status" });
    this.foot = element("div", { class: "foot" });
    this.menu = this.moreMenu();
    this.element = element(
      "section",
      { class: "column", dir: person.dir, lang: person.language_code, "aria-label": `${person.name}, ${languageName(person.language_code)}`, id: `person-${person.id}` },
      element(
        "div",
        { class: "who" },
        element("span", { class: `face face-${person.id % COLOURS}`, "aria-hidden": "true" }, [...person.name][0]),
        element("span", { class: "who-name", dir: "auto" }, person.name),
        element("span", { class: "who-language" }, languageName(person.language_code)),
        this.menu,
      ),
      element(
        "div",
        { class: "head" },
        element("span", { class: "face face-bot", "aria-hidden": "true" }),
        element("div", { class: "head-words" }, element("h2", { class: "head-name", dir: "auto" }, person.bot_name), this.status),
      ),
      element("div", { class: "log-frame" }, this.log, this.toast),
      this.foot,
    );
  }

  moreMenu() {
    const item = (label, act) =>
      element("button", { type: "button", class: "menu-item", on: { click: () => { menu.open = false; act(); } } }, label);
    const menu = element(
      "details",
      { class: "more" },
      element("summary", { class: "icon-button", "aria-label": this.words.more }, "⋯"),
      element(
        "div",
        { class: "menu" },
        item(this.words.link, () => this.askPayload((payload) => this.act("start", { payload }))),
        item(this.words.block, () => this.act("block")),
      ),
    );
    closeOnLeaving(menu);
    return menu;
  }

  showAll() {
    this.log.replaceChildren();
    if (this.messages.size === 0) this.log.append(this.about());
    for (const message of this.messages.values()) this.log.append(this.bubble(message));
    this.showStatus();
    this.showFoot();
    this.toEnd();
  }

  about() {
    const { person, words } = this;
    return element(
      "div",
      { class: "about" },
      element("span", { class: "face face-bot face-large", "aria-hidden": "true" }),
      element("p", { class: "about-name", dir: "auto" }, person.bot_name),
      person.description
        ? element("div", { class: "about-card" }, element("p", { class: "about-title" }, words.about), element("p", { class: "about-text", dir: "auto" }, person.description))
        : null,
    );
  }

  bubble(message) {
    return bubble(message, this.words, this.person.language_code, {
      press: (pressed, index, button) => this.press(pressed, index, button),
      command: (text) => this.act("say", { text }),
    });
  }

  showStatus() {
    const { doing } = this.person;
    this.status.textContent = doing ? (doing === "typing" ? this.words.typing : this.words.uploading) : this.words.bot;
    this.status.classList.toggle("status-doing", Boolean(doing));
  }

  showFoot() {
    const state = this.footState();
    const keyboard = state === "composer" ? this.keyboardMessage() : null;
    const shown = `${state} ${keyboard ? keyboard.id : ""} ${JSON.stringify(this.person.commands)}`;
    if (shown === this.footShown) return; // a half-written message stays
    this.footShown = shown;
    const focused = this.foot.contains(document.activeElement);
    this.foot.replaceChildren(...this.footContent(state, keyboard));
    // Whoever pressed Start by keyboard goes on from where it stood.
    if (focused) (state === "composer" ? this.field : this.foot.querySelector("button"))?.focus();
  }

  footState() {
    if (this.person.deactivated) return "gone";
    if (this.person.blocked) return "blocked";
    return this.person.started ? "composer" : "start";
  }

  footContent(state, keyboard) {
    const { words } = this;
    if (state === "gone") return [element("p", { class: "foot-note" }, words.deactivated)];
    if (state === "blocked") return [element("p", { class: "foot-note" }, words.blocked), this.bigButton(words.restart, () => this.start())];
    if (state === "start") return [this.bigButton(words.start, () => this.start())];
    return [this.composer(), keyboard ? this.replyKeyboard(keyboard) : null].filter(Boolean);
  }

  bigButton(label, act) {
    return element("button", { type: "button", class: "start", on: { click: act } }, label);
  }

  composer() {
    const { words } = this;
    this.field = element("textarea", { class: "field", rows: "1", dir: "auto", placeholder: words.message, "aria-label": words.message });
    const send = element("button", { type: "submit", class: "send", "aria-label": words.send, disabled: true });
    const form = element("form", { class: "composer" }, this.commandMenu(), this.field, send);
    const sendIt = (event) => {
      event.preventDefault();
      const text = this.field.value;
      if (!text.trim()) return;
      this.field.value = "";
      send.disabled = true;
      fit(this.field);
      this.act("say", { text });
    };
    form.addEventListener("submit", sendIt);
    this.field.addEventListener("input", () => { fit(this.field); send.disabled = !this.field.value.trim(); });
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) sendIt(event);
    });
    return form;
  }

  commandMenu() {
    if (!this.person.commands.length) return null;
    const items = this.person.commands.map(({ command, description }) =>
      element(
        "button",
        { type: "button", class: "menu-item command", on: { click: () => { menu.open = false; this.act("say", { text: `/${command}` }); } } },
        element("span", { class: "command-description", dir: "auto" }, description),
        element("bdi", { class: "command-name" }, `/${command}`),
      ),
    );
    const menu = element(
      "details",
      { class: "commands" },
      element("summary", { class: "icon-button", "aria-label": this.words.commands }, "/"),
      element("div", { class: "menu menu-up" }, ...items),
    );
    closeOnLeaving(menu);
    return menu;
  }

  keyboardMessage() {
    let shown = null;
    for (const message of this.messages.values()) {
      if (message.keyboard === "shown") shown = message;
      else if (message.keyboard === "removed") shown = null;
    }
    return shown;
  }

  replyKeyboard(message) {
    const rows = [];
    message.buttons.forEach((button) => {
      rows[button.row] = rows[button.row] || [];
      rows[button.row].push(element("button", { type: "button", class: `button${button.style ? ` button-${button.style}` : ""}`, on: { click: () => this.act("say", { text: button.label }) } }, element("span", { class: "button-label", dir: "auto" }, button.label)));
    });
    return element("div", { class: "keyboard keyboard-reply" }, ...rows.map((row) => element("div", { class: "keyboard-row" }, ...row)));
  }

  // What the contributor does.

  async act(what, body = {}) {
    try {
      return await post(`people/${this.person.id}/${what}`, body);
    } catch (error) {
      this.showToast(error.message);
      return null;
    }
  }

  start() {
    const payload = this.payload;
    this.payload = "";
    return this.act("start", { payload });
  }

  async press(message, index, button) {
    const { kind, url, copy } = message.buttons[index];
    if (kind === "url" && !this.leadsToBot(url)) {
      if (/^(https?|tg):/i.test(url)) window.open(url, "_blank", "noopener,noreferrer");
      return;
    }
    if (kind === "copy") {
      await navigator.clipboard.writeText(copy);
      this.showToast(this.words.copied);
      return;
    }
    button.setAttribute("aria-busy", "true");
    const answer = await this.act("press", { message_id: message.id, button: index });
    if (answer && answer.callback && !this.answered.delete(answer.callback)) this.waiting.set(answer.callback, [message.id, index]);
    else button.removeAttribute("aria-busy");
  }

  leadsToBot(url) {
    return new RegExp(`^https?://(t|telegram)\\.me/${this.botUsername}\\b`).test(url);
  }

  // What happens.

  happened(event) {
    if (event.type === "message") this.messageCame(event.message);
    else if (event.type === "deleted") this.messageGone(event.id);
    else if (event.type === "action") this.actionCame(event.action);
    else if (event.type === "answer") this.answerCame(event);
    this.showStatus();
    this.showFoot();
    if (this.atEnd) this.toEnd();
    this.measure();
  }

  actionCame(action) {
    this.person.doing = action;
    clearTimeout(this.actionTimer);
    this.actionTimer = setTimeout(() => { this.person.doing = null; this.showStatus(); }, ACTION_STAYS);
  }

  messageCame(message) {
    if (this.messages.size === 0) this.log.replaceChildren();
    if (message.author === "bot") this.person.doing = null;
    else this.person.started = true;
    const before = this.log.querySelector(`[data-message="${message.id}"]`);
    this.messages.set(message.id, message);
    const made = this.bubble(message);
    if (!before) {
      made.classList.add("row-new");
      this.log.append(made);
      return;
    }
    this.keepFocus(before, made);
    made.classList.add("row-edited");
    before.replaceWith(made);
    this.markWaiting(message.id, made);
    this.restoreFocus?.();
  }

  /** An edit must not throw a keyboard's reader out of the keyboard. */
  keepFocus(before, made) {
    const focused = before.contains(document.activeElement) ? document.activeElement.dataset.index : undefined;
    this.restoreFocus = focused === undefined ? null : () => {
      const buttons = made.querySelectorAll(".button");
      (buttons[Math.min(Number(focused), buttons.length - 1)] || this.log).focus({ preventScroll: true });
    };
  }

  markWaiting(messageId, row) {
    for (const [id, index] of this.waiting.values()) {
      if (id === messageId) row.querySelector(`[data-index="${index}"]`)?.setAttribute("aria-busy", "true");
    }
  }

  messageGone(id) {
    this.messages.delete(id);
    const row = this.log.querySelector(`[data-message="${id}"]`);
    if (!row) return;
    row.removeAttribute("data-message");
    row.classList.add("row-gone");
    row.setAttribute("aria-hidden", "true");
    row.addEventListener("animationend", () => row.remove());
    // Where motion is reduced there is no animation to end.
    setTimeout(() => row.remove(), 400);
  }

  answerCame(event) {
    const waited = this.waiting.get(event.callback);
    if (waited) {
      this.waiting.delete(event.callback);
      const row = this.log.querySelector(`[data-message="${waited[0]}"]`);
      row?.querySelector(`[data-index="${waited[1]}"]`)?.removeAttribute("aria-busy");
    } else {
      this.answered.add(event.callback);
    }
    if (event.text && event.alert) this.showAlert(event.text);
    else if (event.text) this.showToast(event.text);
  }

  showToast(text) {
    this.toast.textContent = text;
    this.toast.classList.add("toast-shown");
    clearTimeout(this.toastTimer);
    this.toastTimer = setTimeout(() => this.toast.classList.remove("toast-shown"), TOAST_STAYS);
  }

  showAlert(text) {
    const before = document.activeElement;
    const shut = () => { box.remove(); before?.focus(); };
    const close = element("button", { type: "button", class: "action action-main", on: { click: shut } }, this.words.ok);
    const box = element(
      "div",
      { class: "alert", role: "alertdialog", "aria-label": text, on: { keydown: (event) => { if (event.key === "Escape") shut(); } } },
      element("div", { class: "alert-card" }, element("p", { dir: "auto" }, text), close),
    );
    this.element.append(box);
    close.focus();
  }

  /** Who reads further up is left there; who is at the end stays at the end, whatever comes or changes its size. */
  followEnd() {
    this.atEnd = true;
    this.log.addEventListener("scroll", () => {
      // Scrolling that a change of size brought about is not somebody going to read further up.
      if (this.log.scrollHeight !== this.scrolled || this.log.clientHeight !== this.framed) return;
      this.atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR_THE_END;
    });
    new ResizeObserver(() => { if (this.atEnd) this.toEnd(); this.measure(); }).observe(this.log);
  }

  measure() {
    this.scrolled = this.log.scrollHeight;
    this.framed = this.log.clientHeight;
  }

  toEnd() {
    this.atEnd = true;
    this.log.scrollTop = this.log.scrollHeight;
    this.measure();
  }
}

function fit(field) {
  field.style.height = "auto";
  const borders = field.offsetHeight - field.clientHeight;
  field.style.height = `${Math.min(field.scrollHeight + borders, 140)}px`;
}

/** An open menu closes when the focus or a press goes elsewhere, or with Escape. */
function closeOnLeaving(menu) {
  document.addEventListener("pointerdown", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  menu.addEventListener("focusout", (event) => { if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false; });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}
