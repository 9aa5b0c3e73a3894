// One message: its bubble, and the buttons beneath it.

import { element } from "./elements.js";
import { formatted } from "./entities.js";

const MARKS = { url: "↗", copy: "⧉" };

/** `acts` are what can be done from a message: press(message, index), command(text), copy(text). */
export function bubble(message, words, locale, acts) {
  const box = element(
    "div",
    { class: `row row-${message.author}`, "data-message": message.id },
    element(
      "div",
      { class: `stack${message.inline && message.buttons.length ? " stack-wide" : ""}` },
      element("div", { class: `bubble bubble-${message.author}` }, ...content(message, words, locale, acts)),
      message.inline && message.buttons.length ? keyboard(message, acts) : null,
    ),
  );
  return box;
}

function content(message, words, locale, acts) {
  return [
    message.reply_to ? element("div", { class: "reply", dir: "auto" }, message.reply_to) : null,
    message.file ? file(message.file, words) : null,
    message.text ? element("div", { class: "text", dir: "auto" }, ...formatted(message.text, message.entities, acts.command)) : null,
    meta(message, words, locale),
  ];
}

function meta(message, words, locale) {
  const at = new Date(message.date * 1000);
  const time = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" }).format(at);
  return element(
    "div",
    { class: "meta" },
    message.protected ? element("span", { class: "lock", role: "img", "aria-label": words.protected, title: words.protected }) : null,
    message.edited ? element("span", {}, words.edited) : null,
    element("time", { datetime: at.toISOString() }, time),
  );
}

function file(sent, words) {
  if (!sent.id) return element("div", { class: "file" }, sent.name);
  const address = `/page/files/${encodeURIComponent(sent.id)}`;
  if (sent.picture) {
    return element("a", { class: "picture", href: address, target: "_blank", rel: "noopener" }, element("img", { src: address, alt: "" }));
  }
  return element(
    "div",
    { class: "file" },
    element("span", { class: "file-sign", "aria-hidden": "true" }),
    element(
      "div",
      { class: "file-words" },
      element("a", { class: "file-name", href: address, target: "_blank", rel: "noopener", dir: "auto" }, sent.name),
      element(
        "div",
        { class: "file-size" },
        element("bdi", {}, size(sent.size)),
        " · ",
        element("a", { href: address, download: sent.name }, words.download),
      ),
    ),
  );
}

function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function keyboard(message, acts) {
  const rows = [];
  message.buttons.forEach((button, index) => {
    rows[button.row] = rows[button.row] || [];
    rows[button.row].push(inlineButton(message, button, index, acts));
  });
  return element("div", { class: "keyboard" }, ...rows.filter(Boolean).map((row) => element("div", { class: "keyboard-row" }, ...row)));
}

function inlineButton(message, button, index, acts) {
  const label = element("span", { class: "button-label", dir: "auto" }, button.label);
  const mark = MARKS[button.kind] ? element("span", { class: "button-mark", "aria-hidden": "true" }, MARKS[button.kind]) : null;
  const style = `button${button.style ? ` button-${button.style}` : ""}`;
  return element(
    "button",
    { type: "button", class: style, "data-index": index, on: { click: (event) => acts.press(message, index, event.currentTarget) } },
    label,
    mark,
  );
}
