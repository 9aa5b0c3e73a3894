// The page's dialogs. Each is the browser's own: it keeps the focus inside, and gives it back.

function dialogOf(name) {
  const dialog = document.getElementById(`${name}-dialog`);
  dialog.querySelector("[data-close]")?.addEventListener("click", () => dialog.close());
  return dialog;
}

/** Opens it; gives the value of the button that closed it, "" for leaving it. */
function answered(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => { dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true }); });
}

const adding = dialogOf("add");
const linking = dialogOf("link");
const resetting = dialogOf("reset");
const keys = dialogOf("keys");
const language = document.getElementById("add-language");
const name = document.getElementById("add-name");
const payload = document.getElementById("link-payload");

/** {code, name} of whom to add, or null. `suggest(code)` is the name that stands there until another is written. */
export async function askWhom(options, code, suggest) {
  language.replaceChildren(...options);
  if (code) language.value = code;
  const suggestName = () => {
    name.value = "";
    name.dir = language.selectedOptions[0].dataset.dir;
    name.placeholder = suggest(language.value);
  };
  language.onchange = suggestName;
  suggestName();
  return (await answered(adding)) === "add" ? { code: language.value, name: name.value.trim() || suggest(language.value) } : null;
}

/** What a deep link carries, or null. */
export async function askPayload() {
  payload.value = "";
  return (await answered(linking)) === "start" ? payload.value : null;
}

export async function askReset() {
  return (await answered(resetting)) === "reset";
}

export function showKeys() {
  if (!keys.open) answered(keys);
}
