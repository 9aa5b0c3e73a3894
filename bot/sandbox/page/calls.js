// The panel of the bot's calls, for whoever is curious.

import { element } from "./elements.js";
import { FAULT_LABELS } from "./faults.js";
import { Panel } from "./panels.js";

const SHOWN = 200;

export class Calls {
  constructor(nameOf) {
    this.nameOf = nameOf;
    this.panel = new Panel("calls");
    this.list = document.getElementById("calls-list");
    this.badge = document.getElementById("violations");
    this.violations = 0;
  }

  showAll(calls, violations) {
    this.list.replaceChildren(...calls.map((call) => this.entry(call)).reverse());
    this.count(violations);
  }

  came(call) {
    this.list.prepend(this.entry(call));
    while (this.list.children.length > SHOWN) this.list.lastChild.remove();
    this.count(this.violations + call.violations.length);
  }

  count(violations) {
    this.violations = violations;
    this.badge.hidden = violations === 0;
    this.badge.replaceChildren(String(violations), element("span", { class: "heard" }, " against the Bot API"));
  }

  entry(call) {
    const state = call.violations.length ? "violated" : call.error ? "refused" : "fine";
    const time = new Date(call.at * 1000).toLocaleTimeString("en", { hour12: false });
    return element(
      "li",
      { class: `call call-${state}` },
      element(
        "details",
        {},
        element(
          "summary",
          {},
          element("span", { class: "call-method" }, call.method),
          element("span", { class: "call-about" }, ...this.about(call.parameters)),
          element("time", { class: "call-time" }, time),
          ...call.faults.map((fault) => element("span", { class: "call-error" }, FAULT_LABELS.get(fault))),
          call.error ? element("span", { class: "call-error" }, call.error) : null,
          ...call.violations.map((violation) => element("span", { class: "call-violation" }, violation)),
        ),
        element("pre", { class: "call-detail", dir: "ltr" }, JSON.stringify(call.parameters, null, 2)),
        call.error ? null : element("pre", { class: "call-detail call-result", dir: "ltr" }, JSON.stringify(call.result, null, 2)),
      ),
    );
  }

  about(parameters) {
    const who = parameters.chat_id === undefined ? "" : this.nameOf(parameters.chat_id);
    const what = parameters.text || parameters.caption || parameters.action || "";
    const line = String(what).replace(/<[^>]*>/g, "").split("\n")[0];
    return [who, line].filter(Boolean).flatMap((part, place) => [place ? " · " : "", element("bdi", {}, part)]);
  }
}
