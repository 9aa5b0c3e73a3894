// The messages of one chat in their order, the days between them, and where reading had come to.

import { element } from "./elements.js";

const NEAR_THE_END = 80;
const MOSTLY = 0.3; // as much of a chat as has to be in sight for it to be seen
const GOING = 400; // milliseconds; where motion is reduced there is no animation whose end could be waited for

export class Log {
  /** `draw(message)` makes a row. `changed` is told when there is more or less unread. */
  constructor({ words, day, draw, changed }) {
    Object.assign(this, { words, day, draw, changed });
    this.messages = new Map();
    this.unread = 0;
    this.inSight = true;
    this.dots = element("div", { class: "dots", "aria-hidden": "true", hidden: true }, ...[0, 1, 2].map(() => element("span")));
    // What comes is announced in words of its own: reading out whole rows again at each edit would drown them.
    this.rows = element("div", { class: "log", role: "log", "aria-live": "off", tabindex: "0" }, this.dots);
    this.count = element("span", { class: "badge", hidden: true });
    this.jump = element(
      "button",
      { type: "button", class: "jump", hidden: true, "aria-label": words.newest, title: words.newest, on: { click: () => this.jumpToEnd() } },
      element("span", { class: "jump-sign", "aria-hidden": "true" }),
      this.count,
    );
    this.element = element("div", { class: "log-frame" }, this.rows, this.jump);
    this.rows.addEventListener("keydown", (event) => this.intoButtons(event));
    this.followEnd();
    this.followEyes();
  }

  /** Everything, as the sandbox has it: what is there already stays where it is. */
  show(messages, empty) {
    const there = new Set(messages.map((message) => message.id));
    for (const id of this.messages.keys()) if (!there.has(id)) this.drop(id);
    for (const message of messages) this.put(message);
    this.empty?.remove();
    this.empty = messages.length ? null : empty;
    if (this.empty) this.rows.prepend(this.empty);
    if (this.atEnd) this.toEnd();
  }

  /** A new message, or an edited one. Gives what stood there before. */
  put(message) {
    const before = this.messages.get(message.id);
    if (before && JSON.stringify(before) === JSON.stringify(message)) return before;
    this.empty?.remove();
    this.empty = null;
    this.messages.set(message.id, message);
    const made = this.draw(message);
    if (before) this.replace(this.row(message.id), made);
    else this.append(message, made);
    return before;
  }

  row(id) {
    return this.rows.querySelector(`[data-message="${id}"]`);
  }

  newest() {
    return [...this.messages.values()].at(-1);
  }

  append(message, made) {
    const last = [...this.messages.values()].at(-2);
    if (!last || this.day(last.date) !== this.day(message.date)) {
      this.dots.before(element("p", { class: "day" }, this.day(message.date)));
    }
    made.classList.add("row-new");
    this.dots.before(made);
  }

  /** An edit must not throw a keyboard's reader out of the card. */
  replace(row, made) {
    const focused = row.contains(document.activeElement) ? document.activeElement : null;
    made.classList.add("row-edited");
    row.replaceWith(made);
    if (!focused) return;
    const label = plain(focused.textContent);
    const same = [...made.querySelectorAll(".button")].find((button) => plain(button.textContent) === label);
    (same || made).focus({ preventScroll: true });
  }

  /** A message was deleted: it vanishes, and whoever was in it goes on at the newest one. */
  remove(id) {
    const row = this.row(id);
    const focused = row?.contains(document.activeElement);
    this.messages.delete(id);
    if (!row) return;
    row.removeAttribute("data-message");
    row.classList.add("row-gone");
    row.setAttribute("aria-hidden", "true");
    row.inert = true;
    setTimeout(() => { row.remove(); this.tidy(); }, GOING);
    if (focused) (this.row(this.newest()?.id) || this.rows).focus({ preventScroll: true });
  }

  drop(id) {
    this.messages.delete(id);
    this.row(id)?.remove();
    this.tidy();
  }

  /** A day without messages and a mark above nothing go too. */
  tidy() {
    for (const mark of this.rows.querySelectorAll(".day, .unread")) {
      if (!mark.nextElementSibling?.matches(".row, .unread")) mark.remove();
    }
  }

  /** The arrow that leads down leads from a message to its buttons. */
  intoButtons(event) {
    if (event.key !== "ArrowDown" || !event.target.matches(".row")) return;
    const first = event.target.querySelector(".button");
    if (!first) return;
    event.preventDefault();
    first.focus();
  }

  focusNewestButtons() {
    const boards = this.rows.querySelectorAll(".row:not(.row-gone) .keyboard");
    (boards[boards.length - 1]?.querySelector(".button") || this.rows).focus();
  }

  expectMore(expected) {
    this.dots.hidden = !expected;
    if (this.atEnd) this.toEnd();
  }

  // What has been seen.

  /** A message of the bot that nobody can have seen yet is unread: the chat is not shown, or reads further up. */
  came(message) {
    if (this.watched && this.atEnd) return;
    if (this.unread === 0) this.markFrom(this.row(message.id));
    this.unread += 1;
    this.showUnread();
  }

  markFrom(row) {
    this.unmark();
    row.before(element("p", { class: "unread" }, this.words.unread));
  }

  unmark() {
    this.rows.querySelector(".unread")?.remove();
  }

  /** Whether somebody can see this chat. Of one that was hidden just now the browser tells only when it next draws. */
  get watched() {
    return this.inSight && this.rows.checkVisibility();
  }

  followEyes() {
    let mostly = true;
    const look = () => this.watch(mostly && !document.hidden);
    document.addEventListener("visibilitychange", look);
    const seen = (entries) => {
      mostly = entries.at(-1).intersectionRatio >= MOSTLY; // the last is how it is now
      look();
    };
    new IntersectionObserver(seen, { threshold: [0, MOSTLY] }).observe(this.rows);
  }

  /** The chat came into sight, or went out of it. Who comes back to it begins where they had stopped. */
  watch(inSight) {
    if (inSight === this.inSight) return;
    this.inSight = inSight;
    if (!inSight) {
      if (this.unread === 0) this.unmark();
      return;
    }
    const mark = this.unread ? this.rows.querySelector(".unread") : null;
    if (mark) {
      this.rows.scrollTop = mark.offsetTop - this.rows.offsetTop;
      this.look();
    } else if (this.atEnd) this.toEnd();
  }

  look() {
    this.atEnd = this.rows.scrollHeight - this.rows.scrollTop - this.rows.clientHeight < NEAR_THE_END;
    if (this.atEnd && this.watched) this.unread = 0;
    this.showUnread();
    this.measure();
  }

  showUnread() {
    this.jump.hidden = this.atEnd;
    this.count.hidden = this.unread === 0;
    this.count.textContent = this.unread;
    this.changed();
  }

  // Where reading has come to.

  /** Who reads further up is left there; who is at the end stays at the end, whatever comes or changes its size. */
  followEnd() {
    this.atEnd = true;
    this.rows.addEventListener("scroll", () => {
      // Scrolling that a change of size brought about is not somebody going to read further up.
      if (this.rows.scrollHeight !== this.scrolled || this.rows.clientHeight !== this.framed) return;
      this.look();
    });
    new ResizeObserver(() => this.settle()).observe(this.rows);
    this.rows.addEventListener("load", () => this.settle(), { capture: true }); // a picture has come, and it is tall
  }

  /** After something came, went or changed its size. */
  settle() {
    if (this.atEnd) this.toEnd();
    this.measure();
  }

  measure() {
    this.scrolled = this.rows.scrollHeight;
    this.framed = this.rows.clientHeight;
  }

  toEnd() {
    this.rows.scrollTop = this.rows.scrollHeight;
    this.atEnd = true;
    if (this.watched) this.unread = 0;
    this.showUnread();
    this.measure();
  }

  /** The button hides as it is pressed, and must not take the focus with it. */
  jumpToEnd() {
    this.toEnd();
    (this.row(this.newest()?.id) || this.rows).focus({ preventScroll: true });
  }
}

/** A label without the mark before it: "☐ Woman" and "☑ Woman" are the same button. */
function plain(label) {
  return label.replace(/^[^\p{L}\p{N}]+/u, "") || label;
}
