// The page: contributors side by side, each in a column, and the panel of the bot's calls.

import { Calls } from "./calls.js";
import { Column } from "./column.js";
import { element } from "./elements.js";
import { post, state, watch } from "./server.js";
import { languageName, suggestedName } from "./words.js";

const chats = document.getElementById("chats");
const tabs = document.getElementById("tabs");
const connection = document.getElementById("connection");
const addDialog = document.getElementById("add-dialog");
const resetDialog = document.getElementById("reset-dialog");
const linkDialog = document.getElementById("link-dialog");
const linkField = document.getElementById("link-payload");
const languageChoice = document.getElementById("add-language");
const nameField = document.getElementById("add-name");

const columns = new Map();
const calls = new Calls((id) => columns.get(Number(id))?.person.name || String(id));
const REFRESH_AFTER = 150;
let refreshing = 0;
let overtaken = false;
let bot = { username: "" };

function showState(shown) {
  bot = shown.bot;
  languageChoice.replaceChildren(
    ...shown.languages.map(({ code, dir }) => element("option", { value: code, lang: code, "data-dir": dir }, `${languageName(code)} (${code})`)),
  );
  const gone = new Set(columns.keys());
  for (const person of shown.people) {
    gone.delete(person.id);
    showPerson(person);
  }
  for (const id of gone) {
    columns.get(id).element.remove();
    columns.delete(id);
  }
  calls.showAll(shown.calls, shown.violations);
  showTabs();
}

function showPerson(person) {
  const before = columns.get(person.id);
  const column = new Column(person, bot.username, askPayload);
  if (before) {
    column.payload = before.payload;
    const half = before.field?.value;
    if (half && column.field) column.field.value = half;
    before.element.replaceWith(column.element);
  } else {
    chats.append(column.element);
    column.payload = new URLSearchParams(location.search).get("start") || "";
  }
  columns.set(person.id, column);
  column.toEnd();
}

function showTabs() {
  tabs.hidden = columns.size < 2;
  tabs.replaceChildren(
    ...[...columns.values()].map((column) =>
      element(
        "button",
        { type: "button", class: "tab", dir: "auto", on: { click: () => column.element.scrollIntoView({ inline: "start", block: "nearest" }) } },
        column.person.name,
      ),
    ),
  );
}

function happened(event) {
  overtaken = true;
  if (event.type === "state") showState(event.state);
  else if (event.type === "profile") refreshSoon();
  else if (event.type === "call") calls.came(event.call);
  else if (event.type === "person") {
    showPerson(event.person);
    showTabs();
  } else columns.get(event.chat)?.happened(event);
}

/** A bot that starts sets its profile in every language, a dozen calls at once: they are shown together. */
function refreshSoon() {
  clearTimeout(refreshing);
  refreshing = setTimeout(async () => showState(await latest()), REFRESH_AFTER);
}

/** The state, asked for again where something happened meanwhile: an older one must not hide it. */
async function latest() {
  let known;
  do {
    overtaken = false;
    known = await state();
  } while (overtaken);
  return known;
}

async function opened() {
  const known = await latest();
  connection.hidden = true;
  showState(known);
  if (known.people.length === 0) await addPerson("en");
}

async function addPerson(code, name) {
  const taken = [...columns.values()].map((column) => column.person.name);
  const person = await post("people", { language_code: code, name: name || suggestedName(code, taken) });
  if (!columns.has(person.id)) showPerson(person);
  showTabs();
  const column = columns.get(person.id);
  column.element.scrollIntoView({ inline: "end", block: "nearest" });
  return column;
}

document.getElementById("add").addEventListener("click", () => {
  const used = new Set([...columns.values()].map((column) => column.person.language_code));
  const free = [...languageChoice.options].find((option) => !used.has(option.value));
  if (free) languageChoice.value = free.value;
  suggestName();
  addDialog.showModal();
});

function suggestName() {
  nameField.value = "";
  nameField.dir = languageChoice.selectedOptions[0].dataset.dir;
  nameField.placeholder = suggestedName(languageChoice.value, [...columns.values()].map((column) => column.person.name));
}

languageChoice.addEventListener("change", suggestName);
document.getElementById("add-cancel").addEventListener("click", () => addDialog.close());
document.getElementById("add-form").addEventListener("submit", async () => {
  const column = await addPerson(languageChoice.value, nameField.value.trim());
  column.foot.querySelector("button")?.focus();
});

/** Asks for what a deep link carries, and hands it to `act`. */
function askPayload(act) {
  linkField.value = "";
  linkDialog.onclose = () => { if (linkDialog.returnValue === "start") act(linkField.value); };
  linkDialog.returnValue = "";
  linkDialog.showModal();
}

document.getElementById("link-cancel").addEventListener("click", () => linkDialog.close());
document.getElementById("reset").addEventListener("click", () => {
  resetDialog.returnValue = "";
  resetDialog.showModal();
});
resetDialog.addEventListener("close", async () => {
  if (resetDialog.returnValue !== "reset") return;
  const code = [...columns.values()][0]?.person.language_code || "en";
  await post("reset");
  await addPerson(code);
});

watch({ opened, happened, broken: () => { connection.hidden = false; } });
