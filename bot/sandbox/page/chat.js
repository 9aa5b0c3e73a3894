// The page: contributors and their chats, what can be done to all of them, and what the sandbox tells.

import { Calls } from "./calls.js";
import { askPayload, askReset, askWhom, showKeys } from "./dialogs.js";
import { element } from "./elements.js";
import { Faults } from "./faults.js";
import { choose, look, LOOKS } from "./look.js";
import { menuButton } from "./menu.js";
import { People } from "./people.js";
import { Screens } from "./screens.js";
import { post, state, watch } from "./server.js";
import { languageName, suggestedName } from "./words.js";

const REFRESH_AFTER = 150;

const connection = document.getElementById("connection");
const people = new People({
  botUsername: () => bot.username,
  askPayload: async (act) => {
    const payload = await askPayload();
    if (payload !== null) act(payload);
  },
  goTo,
});
const faults = new Faults(() => people.all());
const calls = new Calls((id) => people.get(Number(id))?.person.name || String(id));
const screens = new Screens(goTo);
let refreshing = 0;
let overtaken = false;
let bot = { username: "" };
let languages = [];

async function goTo(id) {
  if (!people.get(id)) showState(await latest());
  people.select(id);
  people.get(id)?.focus();
}

// What the sandbox tells.

function showState(shown) {
  ({ bot, languages } = shown);
  people.show(shown.people);
  calls.showAll(shown.calls, shown.violations);
  faults.came(shown.faults);
  screens.offer(shown.guided);
}

function happened(event) {
  overtaken = true;
  if (event.type === "state") showState(event.state);
  else if (event.type === "profile") refreshSoon();
  else if (event.type === "call") calls.came(event.call);
  else if (event.type === "faults") faults.came(event.faults);
  else if (event.type === "person") {
    people.put(event.person);
    faults.show();
  } else people.get(event.chat)?.happened(event);
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

// What can be done to all of it.

function suggested(code) {
  return suggestedName(code, people.all().map((column) => column.person.name));
}

async function addPerson(code, name) {
  const person = await post("people", { language_code: code, name: name || suggested(code) });
  const column = people.get(person.id) || people.add(person);
  people.select(person.id);
  return column;
}

document.getElementById("add").addEventListener("click", async () => {
  const used = new Set(people.all().map((column) => column.person.language_code));
  const options = languages.map(({ code, dir }) => element("option", { value: code, lang: code, "data-dir": dir }, `${languageName(code)} (${code})`));
  const whom = await askWhom(options, languages.find(({ code }) => !used.has(code))?.code, suggested);
  if (whom) (await addPerson(whom.code, whom.name)).focus();
});

async function startOver() {
  if (!(await askReset())) return;
  const code = people.all()[0]?.person.language_code || "en";
  await post("reset");
  (await addPerson(code)).focus();
}

document.getElementById("more").replaceWith(
  menuButton({
    label: "This page",
    sign: "⋯",
    items: () => [
      ...LOOKS.map(([theme, label], place) => ({ label, checked: look() === theme, act: () => choose(theme), group: place ? null : "Colours" })),
      { label: "Keyboard…", act: showKeys, apart: true },
      { label: "Start over…", act: startOver },
    ],
  }),
);

document.addEventListener("keydown", (event) => {
  if (event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    people.step(event.key === "ArrowDown" ? 1 : -1);
  } else if ((event.ctrlKey || event.metaKey) && event.key === "/") {
    event.preventDefault();
    showKeys();
  }
});

watch({ opened, happened, broken: () => { connection.hidden = false; } });
