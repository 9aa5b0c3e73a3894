// One message: its bubble, and the buttons beneath it.

import { element } from "./elements.js";
import { formatted } from "./entities.js";
import { inlineKeyboard } from "./keyboards.js";
import { languageOf } from "./languages.js";

/**
 * `reader` is who sees it: words, locale, language, and the names of both sides. `acts` are what can be done from a
 * message: press(message, index, button), command(text), link(address), opens(button).
 */
export function bubble(message, reader, acts) {
  const language = languageOf(message.text, reader.language);
  const board = message.inline && message.buttons.length > 0;
  return element(
    "article",
    {
      class: `row row-${message.author}`, "data-message": message.id, tabindex: "-1",
      "aria-label": `${message.author === "bot" ? reader.bot() : reader.name}, ${reader.time(message.date)}`,
    },
    element(
      "div",
      { class: `stack${board ? " stack-wide" : ""}` },
      element("div", { class: `bubble bubble-${message.author}${message.protected ? " bubble-protected" : ""}` }, ...content(message, language, reader, acts)),
      board
        ? inlineKeyboard(message, language, { press: (index, button) => acts.press(message, index, button), opens: acts.opens })
        : null,
    ),
  );
}

function content(message, language, reader, acts) {
  return [
    message.reply_to ? element("div", { class: "reply", dir: "auto", lang: languageOf(message.reply_to, reader.language) }, message.reply_to) : null,
    message.file ? file(message, reader.words) : null,
    message.text ? element("div", { class: "text", dir: "auto", lang: language }, ...formatted(message.text, message.entities, acts)) : null,
    meta(message, reader),
  ];
}

function meta(message, reader) {
  const { words } = reader;
  return element(
    "div",
    { class: "meta" },
    message.protected ? element("span", { class: "lock", role: "img", "aria-label": words.protected, title: words.protected }) : null,
    message.edited ? element("span", {}, words.edited) : null,
    element("time", { datetime: new Date(message.date * 1000).toISOString(), title: reader.moment(message.date) }, reader.time(message.date)),
  );
}

function file(message, words) {
  const sent = message.file;
  if (!sent.id) return element("div", { class: "file" }, sent.name);
  const address = `/page/files/${encodeURIComponent(sent.id)}`;
  const opened = { href: address, target: "_blank", rel: "noopener" };
  if (sent.picture) return element("a", { ...opened, class: "picture" }, element("img", { src: address, alt: words.picture }));
  if (sent.voice) return element("audio", { class: "voice", src: address, controls: "", preload: "metadata" });
  // What is protected can be opened and read, and not be kept: so it is in Telegram.
  const kept = message.protected ? [] : [" · ", element("a", { href: address, download: sent.name }, words.download)];
  return element(
    "div",
    { class: "file" },
    element("span", { class: "file-sign", "aria-hidden": "true" }),
    element(
      "div",
      { class: "file-words" },
      element("a", { ...opened, class: "file-name", dir: "auto" }, sent.name),
      element("div", { class: "file-size" }, element("bdi", {}, size(sent.size)), ...kept),
    ),
  );
}

function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
