// What goes wrong between the bot and Telegram, as switches: for everybody or for one contributor.

import { element } from "./elements.js";
import { Panel } from "./panels.js";
import { post } from "./server.js";

const OF_CALLS = [
  { name: "slow", label: "Slow network", note: "Each call of the bot takes three seconds.", options: { seconds: 3 } },
  { name: "too_many_requests", label: "Too many requests (429)", note: "Each call is refused: try again in three seconds.", options: { retry_after: 3 } },
  { name: "cut_after", label: "Reply lost", note: "The call is carried out, and the connection ends before its answer." },
  { name: "cut_before", label: "Call lost", note: "The connection ends before anything is done." },
  { name: "server_error", label: "Server error (502)", note: "Each call is answered with an error." },
];
const OF_ALL = [
  { name: "rates", label: "Telegram’s rates", note: "As far as they are known: a message a second in a chat, thirty in all." },
  { name: "duplicate_updates", label: "Updates twice", note: "What a contributor does reaches the bot twice." },
  { name: "reorder_updates", label: "Updates out of order", note: "Several that come together come the wrong way round." },
];
export const FAULT_LABELS = new Map([...OF_CALLS, ...OF_ALL].map(({ name, label }) => [name, label]));

export class Faults {
  /** `people()` gives the columns that there are. */
  constructor(people) {
    this.people = people;
    this.panel = new Panel("faults");
    this.panel.onshown = () => this.show();
    this.count = document.getElementById("faults-count");
    this.on = [];
    this.target = "";
    this.build();
  }

  build() {
    this.whom = element("select", { id: "faults-whom", on: { change: () => { this.target = this.whom.value; this.show(); } } });
    this.often = element(
      "select",
      { id: "faults-often" },
      element("option", { value: "always" }, "every time"),
      element("option", { value: "once" }, "once"),
    );
    this.calls = element("fieldset", {}, element("legend", {}, "The bot’s calls"), ...OF_CALLS.map((fault) => this.row(fault)));
    this.all = element("fieldset", {}, element("legend", {}, "For everybody only"), ...OF_ALL.map((fault) => this.row(fault)));
    this.own = element("fieldset", {}, element("legend", {}, "This contributor"), this.row({ name: "blocked", label: "Bot blocked", note: "The bot can no longer write to them." }));
    this.others = element("p", { class: "panel-note", id: "faults-others" });
    this.off = element("button", { type: "button", class: "action", on: { click: () => this.allOff() } }, "Switch all off");
    document.getElementById("faults-body").append(
      element("div", { class: "pick" }, element("label", { for: "faults-whom" }, "For"), this.whom),
      element("div", { class: "pick" }, element("label", { for: "faults-often" }, "How often"), this.often),
      this.own,
      this.calls,
      this.all,
      this.others,
      this.off,
    );
  }

  row({ name, label, note, options = {} }) {
    const id = `fault-${name}`;
    return element(
      "div",
      { class: "switch-row" },
      element("input", { type: "checkbox", role: "switch", class: "switch", id, "aria-describedby": `${id}-note`, on: { change: (event) => this.turn(name, event.target.checked, options) } }),
      element("label", { for: id }, label),
      element("p", { class: "switch-note", id: `${id}-note` }, note, " ", element("span", { class: "switch-met" })),
    );
  }

  chatId() {
    return this.target ? Number(this.target) : null;
  }

  async turn(name, on, options) {
    if (name === "blocked") await post(`people/${this.target}/${on ? "block" : "unblock"}`);
    else if (name === "rates") await post("rates", { on });
    else if (on) await post("faults", { name, times: this.times(name), ...options, ...this.meant(name) });
    else await post("faults", { name: "clear", fault: name, ...this.meant(name) });
  }

  times(name) {
    return this.often.value === "once" && OF_CALLS.some((fault) => fault.name === name) ? 1 : null;
  }

  meant(name) {
    return OF_CALLS.some((fault) => fault.name === name) ? { chat_id: this.chatId() } : {};
  }

  async allOff() {
    await post("faults", { name: "clear" });
    await post("rates", { on: false });
    for (const { person } of this.people()) if (person.blocked) await post(`people/${person.id}/unblock`);
    this.whom.focus(); // the button that was pressed is of no more use
  }

  /** As the sandbox has them now. */
  came(faults) {
    this.on = faults;
    this.show();
  }

  show() {
    const people = this.people();
    if (!people.some(({ person }) => String(person.id) === this.target)) this.target = "";
    this.whom.replaceChildren(
      element("option", { value: "" }, "everybody"),
      ...people.map(({ person }) => element("option", { value: person.id, lang: person.language_code }, person.name)),
    );
    this.whom.value = this.target;
    this.own.hidden = !this.target;
    this.all.hidden = Boolean(this.target);
    for (const { name } of [...OF_CALLS, ...OF_ALL]) this.showSwitch(name, this.on.find((fault) => this.isHere(fault) && fault.name === name));
    const here = people.find(({ person }) => String(person.id) === this.target);
    document.getElementById("fault-blocked").checked = Boolean(here?.person.blocked);
    this.showElsewhere(people);
  }

  isHere(fault) {
    return (fault.chat_id ?? null) === this.chatId();
  }

  showSwitch(name, fault) {
    const input = document.getElementById(`fault-${name}`);
    input.checked = Boolean(fault);
    const met = !fault?.met && !fault?.once ? "" : fault.once ? "For the next call." : `Met ${fault.met} ${fault.met === 1 ? "time" : "times"}.`;
    input.parentElement.querySelector(".switch-met").textContent = met;
  }

  /** What is on for others than those picked: it must not be forgotten there. */
  showElsewhere(people) {
    const blocked = people.filter(({ person }) => person.blocked).map(({ person }) => ({ name: "blocked", chat_id: person.id }));
    const all = [...this.on, ...blocked];
    const names = new Map(people.map(({ person }) => [person.id, person.name]));
    const elsewhere = all.filter((fault) => !this.isHere(fault)).map((fault) => `${FAULT_LABELS.get(fault.name) || "Bot blocked"} (${fault.chat_id ? names.get(fault.chat_id) || "?" : "everybody"})`);
    this.others.replaceChildren(...(elsewhere.length ? ["Also on: ", ...elsewhere.flatMap((words, place) => [place ? ", " : "", element("bdi", {}, words)])] : []));
    this.count.hidden = all.length === 0;
    this.count.replaceChildren(String(all.length), element("span", { class: "heard" }, " on"));
    this.off.disabled = all.length === 0;
  }
}
