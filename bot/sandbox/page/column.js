// One contributor's chat: what they see, and what they can do about it.

import { announce, arrival, change } from "./announcer.js";
import { bubble } from "./bubbles.js";
import { Composer } from "./composer.js";
import { element } from "./elements.js";
import { replyKeyboard } from "./keyboards.js";
import { Log } from "./log.js";
import { menuButton } from "./menu.js";
import { post } from "./server.js";
import { Notices } from "./notices.js";
import { clock } from "./times.js";
import { languageName, wordsFor } from "./words.js";

const ACTION_STAYS = 5000; // as the Bot API says of sendChatAction
const ANSWER_AWAITED = 20000; // no bot has to answer: after that nobody is kept waiting for it
const COLOURS = 6;

export class Column {
  /** `page` is what surrounds it: botUsername, askPayload(act), goTo(id), alone(), changed(). */
  constructor(person, page) {
    this.person = person;
    this.page = page;
    this.words = wordsFor(person.language_code);
    this.language = person.language_code || "en";
    this.waiting = new Map(); // callback id -> the button that was pressed
    this.answered = new Set(); // answers that came before the press had returned its callback's id
    this.payload = "";
    this.reader = { words: this.words, language: this.language, name: person.name, bot: () => this.person.bot_name, ...clock(this.language) };
    this.build();
    this.show(person);
  }

  // What stands there.

  build() {
    const { person, words, language } = this;
    this.log = new Log({ words, day: this.reader.day, draw: (message) => this.draw(message), changed: () => this.page.changed() });
    this.log.rows.setAttribute("aria-label", person.name);
    this.log.rows.addEventListener("keydown", (event) => { if (event.key === "Escape") this.focus(); });
    this.composer = new Composer({ words, name: `person-${person.id}`, say: (text) => this.say(text), up: () => this.log.focusNewestButtons() });
    this.notices = new Notices(words);
    this.botName = element("bdi");
    this.status = element("p", { class: "status" });
    this.foot = element("div", { class: "foot" });
    this.element = element(
      "section",
      { class: "column", dir: person.dir, lang: language, "aria-label": `${person.name}, ${languageName(language)}`, id: `person-${person.id}` },
      this.head = element(
        "div",
        { class: "head" },
        element("span", { class: "face face-bot", "aria-hidden": "true" }),
        element("div", { class: "head-words" }, element("h2", { class: "head-name" }, this.botName), this.status),
        element(
          "p",
          { class: "who" },
          element("span", { class: `face face-${person.id % COLOURS}`, "aria-hidden": "true" }, [...person.name][0]),
          element("span", { class: "who-words" }, element("span", { class: "who-name", dir: "auto" }, person.name), element("span", { class: "who-language" }, languageName(language))),
        ),
        menuButton({ label: words.more, sign: "⋯", items: () => this.acts() }),
      ),
      this.log.element,
      this.foot,
      this.notices.element,
    );
    this.log.element.append(this.notices.toast);
  }

  acts() {
    const { person, words } = this;
    if (person.deactivated) return [{ label: words.anew, act: () => this.startOver() }, { label: words.forget, act: () => this.act("forget") }];
    return [
      { label: words.link, act: () => this.page.askPayload((payload) => this.act("start", { payload })) },
      person.blocked ? { label: words.unblock, act: () => this.act("unblock") } : { label: words.block, act: () => this.act("block") },
      { label: words.leave, act: () => this.act("deactivate") },
      { label: words.anew, act: () => this.startOver() },
      { label: words.forget, act: () => this.act("forget") },
    ];
  }

  /** As the sandbox has it now; what is there already stays, a half-written message and the focus too. */
  show(person) {
    this.person = person;
    this.botName.textContent = person.bot_name;
    this.log.show(person.messages, this.about());
    this.composer.commands.show(person.commands);
    this.showStatus();
    this.showFoot();
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

  draw(message) {
    const row = bubble(message, this.reader, {
      press: (pressed, index, button) => this.press(pressed, index, button),
      command: (text) => this.say(text),
      link: (address) => this.act("start", { payload: new URL(address).searchParams.get("start") || "" }),
      leadsBack: (address) => this.leadsBack(address),
      opens: (button) => button.kind === "url" && !this.leadsBack(button.url) && /^(https?|tg):/i.test(button.url),
    });
    for (const [id, index] of this.waiting.values()) if (id === message.id) busy(row, index, true);
    return row;
  }

  showStatus() {
    const { doing } = this.person;
    const { words } = this;
    this.status.textContent = doing ? (doing === "typing" ? words.typing : words.uploading) : this.awaited ? words.awaited : words.bot;
    this.status.classList.toggle("status-doing", Boolean(doing || this.awaited));
    this.log.expectMore(Boolean(doing || this.awaited));
  }

  showFoot() {
    const state = this.footState();
    const keyboard = state === "composer" ? this.keyboardMessage() : null;
    const shown = `${state} ${keyboard ? keyboard.id : ""}`;
    if (shown === this.footShown) return; // a half-written message stays
    this.footShown = shown;
    const focused = this.foot.contains(document.activeElement);
    this.foot.replaceChildren(...this.footContent(state, keyboard));
    // Whoever pressed Start by keyboard goes on from where it stood.
    if (focused) this.focus();
  }

  footState() {
    if (this.person.deactivated) return "gone";
    if (this.person.blocked) return "blocked";
    return this.person.started ? "composer" : "start";
  }

  footContent(state, keyboard) {
    const { words, language } = this;
    const note = (text) => element("p", { class: "foot-note" }, text);
    if (state === "gone") return [note(words.deactivated), this.bigButton(words.anew, () => this.startOver())];
    if (state === "blocked") return [note(words.blocked), this.bigButton(words.restart, () => this.start())];
    if (state === "start") return [this.bigButton(words.start, () => this.start())];
    return [this.composer.element, keyboard ? replyKeyboard(keyboard, language, (text) => this.say(text)) : null].filter(Boolean);
  }

  bigButton(label, act) {
    return element("button", { type: "button", class: "start", on: { click: act } }, label);
  }

  keyboardMessage() {
    let shown = null;
    for (const message of this.log.messages.values()) {
      if (message.keyboard === "shown") shown = message;
      else if (message.keyboard === "removed") shown = null;
    }
    return shown;
  }

  /** To where this contributor writes, or begins. */
  focus() {
    if (this.foot.contains(this.composer.element)) this.composer.focus();
    else this.foot.querySelector("button")?.focus();
  }

  // What the contributor does.

  async act(what, body = {}) {
    try {
      return await post(`people/${this.person.id}/${what}`, body);
    } catch (error) {
      this.stopWaiting();
      this.notices.toastFor(error.words || this.words.unreachable, error.words ? "en" : this.language);
      return null;
    }
  }

  async startOver() {
    const somebody = await this.act("start-over");
    if (somebody) this.page.goTo(somebody.id);
  }

  say(text) {
    this.awaitAnswer();
    return this.act("say", { text });
  }

  start() {
    const payload = this.payload;
    this.payload = "";
    this.awaitAnswer();
    return this.act("start", { payload });
  }

  async press(message, index, button) {
    const { kind, copy } = message.buttons[index];
    if (kind === "copy") {
      await navigator.clipboard.writeText(copy);
      this.notices.toastFor(this.words.copied, this.language);
      return;
    }
    button.setAttribute("aria-busy", "true");
    this.awaitAnswer();
    const answer = await this.act("press", { message_id: message.id, button: index });
    if (answer?.callback && !this.answered.delete(answer.callback)) {
      this.waiting.set(answer.callback, [message.id, index]);
      busy(this.log.row(message.id), index, true);
    } else busy(this.log.row(message.id), index, false);
  }

  leadsBack(address) {
    return new RegExp(`^https?://(t|telegram)\\.me/${this.page.botUsername()}\\b`).test(address);
  }

  // What happens.

  happened(event) {
    if (event.type === "message") this.messageCame(event.message);
    else if (event.type === "deleted") this.log.remove(event.id);
    else if (event.type === "action") this.actionCame(event.action);
    else if (event.type === "answer") this.answerCame(event);
    this.showStatus();
    this.showFoot();
    this.log.settle();
  }

  actionCame(action) {
    this.person.doing = action;
    clearTimeout(this.actionTimer);
    this.actionTimer = setTimeout(() => { this.person.doing = null; this.showStatus(); }, ACTION_STAYS);
  }

  awaitAnswer() {
    this.log.unmark();
    this.log.toEnd();
    clearTimeout(this.answerTimer);
    this.awaited = true;
    this.answerTimer = setTimeout(() => { this.stopWaiting(); }, ANSWER_AWAITED);
    this.showStatus();
  }

  stopWaiting() {
    clearTimeout(this.answerTimer);
    this.awaited = false;
    this.showStatus();
  }

  messageCame(message) {
    if (message.author === "person") {
      this.person.started = true;
      this.log.put(message);
      return;
    }
    this.person.doing = null;
    this.stopWaiting();
    const focused = document.activeElement.closest?.(`[data-message="${message.id}"] .button`)?.textContent;
    const before = this.log.put(message);
    if (!before) this.log.came(message);
    this.announce(before ? change(before, message, this.words, this.language, this.labelNow(message, focused)) : arrival(message, this.words, this.language));
  }

  /** The label of the button that has the focus now, which is read out by itself. */
  labelNow(message, before) {
    return before && document.activeElement.closest?.(`[data-message="${message.id}"] .button`)?.querySelector(".button-label").textContent;
  }

  /** Where there are several chats, whose it is comes first. */
  announce(parts) {
    if (!parts.some(([words]) => words)) return;
    announce([this.page.alone() ? "" : `${this.person.name}:`, this.language], ...parts);
  }

  answerCame(event) {
    const waited = this.waiting.get(event.callback);
    this.stopWaiting();
    if (waited) {
      this.waiting.delete(event.callback);
      busy(this.log.row(waited[0]), waited[1], false);
    } else {
      this.answered.add(event.callback);
    }
    if (!event.text) return;
    if (event.alert) this.notices.alertFor(event.text, this.language, [this.head, this.log.element, this.foot], () => this.focus());
    else this.notices.toastFor(event.text, this.language);
  }
}

function busy(row, index, waits) {
  const button = row?.querySelector(`.keyboard:not(.keyboard-reply) [data-index="${index}"]`);
  if (waits) button?.setAttribute("aria-busy", "true");
  else button?.removeAttribute("aria-busy");
}
