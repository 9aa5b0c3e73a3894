// Buttons beneath a message, and beneath the field: pressed with a finger, or walked through with arrow keys.

import { element } from "./elements.js";
import { languageOf } from "./languages.js";

const MARKS = { url: "↗", copy: "⧉" };

/** `press(index, button)` is called with a button's number. `opens(button)` says whether it leads out of the chat. */
export function inlineKeyboard(message, language, { press, opens }) {
  return keyboard("keyboard", message.buttons, (button, index) => inlineButton(button, index, language, press, opens));
}

export function replyKeyboard(message, language, say) {
  return keyboard("keyboard keyboard-reply", message.buttons, (button, index) =>
    element("button", { type: "button", class: styled(button), "data-index": index, on: { click: () => say(button.label) } }, label(button, language)),
  );
}

function keyboard(style, buttons, make) {
  const rows = [];
  buttons.forEach((button, index) => {
    rows[button.row] = rows[button.row] || element("div", { class: "keyboard-row" });
    rows[button.row].append(make(button, index));
  });
  return element("div", { class: style, on: { keydown: walk } }, ...rows.filter(Boolean));
}

function inlineButton(button, index, language, press, opens) {
  const mark = MARKS[button.kind] ? element("span", { class: "button-mark", "aria-hidden": "true" }, MARKS[button.kind]) : null;
  const shared = { class: styled(button), "data-index": index };
  if (opens(button)) {
    return element("a", { ...shared, href: button.url, target: "_blank", rel: "noopener noreferrer" }, label(button, language), mark);
  }
  return element(
    "button",
    { ...shared, type: "button", on: { click: (event) => press(index, event.currentTarget) } },
    label(button, language),
    mark,
  );
}

function styled(button) {
  return `button${button.style ? ` button-${button.style}` : ""}`;
}

function label(button, language) {
  return element("span", { class: "button-label", dir: "auto", lang: languageOf(button.label, language) }, button.label);
}

/** Arrows go as the eye does: left is left, whichever way the language is read. */
function walk(event) {
  const at = event.target.closest(".button");
  if (!at || event.altKey || event.ctrlKey || event.metaKey) return;
  const all = [...event.currentTarget.querySelectorAll(".button")];
  const to = target(event.key, at, all, event.currentTarget);
  if (!to) return;
  event.preventDefault();
  event.stopPropagation();
  to.focus();
}

function target(key, at, all, board) {
  const rows = [...board.children];
  const row = rows.indexOf(at.parentElement);
  const place = [...at.parentElement.children].indexOf(at);
  const sideways = getComputedStyle(board).direction === "rtl" ? -1 : 1;
  const beside = (step) => all[all.indexOf(at) + step];
  const above = (step) => rows[row + step] && (rows[row + step].children[place] || rows[row + step].lastElementChild);
  switch (key) {
    case "ArrowRight": return beside(sideways);
    case "ArrowLeft": return beside(-sideways);
    case "ArrowDown": return above(1);
    case "ArrowUp": return above(-1);
    case "Home": return all[0];
    case "End": return all.at(-1);
    default: return undefined;
  }
}
