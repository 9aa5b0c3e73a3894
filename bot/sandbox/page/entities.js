// A message's text with its entities as elements. Offsets are UTF-16 units, which is what JavaScript strings count.

import { element } from "./elements.js";

const TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};

/** `acts.command` is called with a command that was pressed, `acts.link` with a link that leads back to the bot. */
export function formatted(text, entities, acts) {
  return nested(text, 0, text.length, inOrder(entities), acts);
}

function inOrder(entities) {
  return [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
}

function nested(text, begin, end, entities, acts) {
  const parts = [];
  let at = begin;
  let next = 0;
  while (next < entities.length) {
    const entity = entities[next];
    const close = Math.min(entity.offset + entity.length, end);
    const inside = [];
    for (next += 1; next < entities.length && entities[next].offset < close; next += 1) inside.push(entities[next]);
    if (entity.offset < at) continue;
    parts.push(text.slice(at, entity.offset));
    const content = nested(text, entity.offset, close, inside, acts);
    parts.push(wrapped(entity, text.slice(entity.offset, close), content, acts));
    at = close;
  }
  parts.push(text.slice(at, end));
  return parts.filter((part) => part !== "");
}

function wrapped(entity, source, content, acts) {
  switch (entity.type) {
    case "url":
      return link(source.includes("://") ? source : `http://${source}`, content, acts);
    case "text_link":
      return link(entity.url, content, acts);
    case "email":
      return link(`mailto:${source}`, content, acts);
    case "bot_command":
      return inline("inline-command", "button", content, () => acts.command(source));
    case "spoiler":
      return spoiler(content);
    default:
      return element(TAGS[entity.type] || "span", {}, ...content);
  }
}

function link(address, content, acts) {
  if (acts.leadsBack(address)) return inline("inline-command", "link", content, () => acts.link(address));
  // Only what a browser opens harmlessly: never javascript: or data:.
  const safe = /^(https?|mailto|tg):/i.test(address);
  return safe
    ? element("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, ...content)
    : element("span", {}, ...content);
}

function spoiler(content) {
  const hidden = inline("spoiler", "button", content, () => hidden.classList.add("spoiler-open"));
  return hidden;
}

/** Something to press within a line. Not a <button>: that is a box of its own, and would tear mixed directions apart. */
function inline(style, role, content, act) {
  const pressed = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    act();
  };
  return element("span", { class: style, role, tabindex: "0", on: { click: pressed, keydown: pressed } }, ...content);
}
