// What a screen reader is told when something happens in a chat: politely, in the language that it was said in.

import { element } from "./elements.js";
import { languageOf } from "./languages.js";

const KEPT = 6; // lines; only added ones are read out

/** `parts` are [words, language]; those without words are left out. */
export function announce(...parts) {
  const region = document.getElementById("announcer");
  const said = parts.filter(([words]) => words);
  if (!said.length) return;
  region.append(element("p", {}, ...said.map(([words, language]) => element("span", { lang: language }, `${words} `))));
  while (region.children.length > KEPT) region.firstChild.remove();
}

/** A message that came: its words, its file, and what can be pressed. */
export function arrival(message, words, language) {
  const labels = message.inline ? message.buttons.map((button) => button.label) : [];
  return [
    [message.file ? `${words.file}: ${message.file.name || words.picture}.` : "", language],
    [message.text, languageOf(message.text, language)],
    [labels.length ? `${words.buttons}: ${labels.join("; ")}.` : "", language],
  ];
}

/** What an edit changed: the whole message if its words did, otherwise the buttons that have other labels now. */
export function change(before, after, words, language, focused) {
  if (before.text !== after.text) return [[`${words.edited}:`, language], ...arrival(after, words, language)];
  const old = new Set(before.buttons.map((button) => button.label));
  const labels = after.buttons.map((button) => button.label).filter((label) => !old.has(label) && label !== focused);
  return [[labels.join("; "), language]];
}
