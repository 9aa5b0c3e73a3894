// Any screen of the flow, by name: somebody new is walked there, by really pressing and writing.

import { element } from "./elements.js";
import { keep, kept } from "./kept.js";
import { Panel } from "./panels.js";
import { post } from "./server.js";

export class Screens {
  /** `goTo(id)` shows a contributor's chat. */
  constructor(goTo) {
    this.goTo = goTo;
    this.collections = [];
    this.walker = null;
    this.panel = new Panel("screens");
    this.panel.onshown = () => { if (!this.panel.element.hidden && !this.collections.length) this.load(); };
    this.collection = this.pick("collection", "Collection", () => this.showPlaces());
    this.region = this.pick("region", "Region", () => this.showLanguages());
    this.language = this.pick("language", "Language", () => this.showScreens());
    this.status = element("p", { class: "panel-note", role: "status" });
    this.gallery = element("a", { class: "screens-gallery", href: "/gallery" }, "All of them beside the original");
    this.list = element("ul", { class: "screens-list" });
    document.getElementById("screens-body").append(
      ...[this.collection, this.region, this.language].map((pick) => pick.row),
      this.gallery,
      this.status,
      this.list,
    );
  }

  /** Whether there is somebody who knows the flow. */
  offer(guided) {
    this.panel.toggle.hidden = !guided;
    document.getElementById("links").hidden = !guided;
  }

  pick(name, label, changed) {
    const select = element("select", { id: `screens-${name}`, on: { change: () => { keep(`screens-${name}`, select.value); changed(); } } });
    const row = element("div", { class: "pick" }, element("label", { for: select.id }, label), select);
    return { row, select };
  }

  fill({ select }, name, options) {
    const before = select.value || kept(`screens-${name}`, "");
    select.replaceChildren(...options.map(([value, words]) => element("option", { value }, words)));
    if (options.some(([value]) => value === before)) select.value = before;
  }

  async load() {
    this.status.textContent = "Reading the flow…";
    ({ collections: this.collections } = await get("guide"));
    this.fill(this.collection, "collection", this.collections.map(({ id, title }) => [id, title]));
    this.showPlaces();
  }

  chosen() {
    const collection = this.collections.find(({ id }) => id === this.collection.select.value);
    return { collection, region: collection.regions.find(({ id }) => id === this.region.select.value) };
  }

  showPlaces() {
    this.fill(this.region, "region", this.chosen().collection.regions.map(({ id, name }) => [id, name]));
    this.showLanguages();
  }

  /** Only what the region offers: a chat begins in no other language. */
  showLanguages() {
    const { collection, region } = this.chosen();
    const offered = collection.languages.filter(({ id }) => region.languages.includes(id));
    this.fill(this.language, "language", offered.map(({ id, name }) => [id, name]));
    this.showScreens();
  }

  where() {
    return { collection: this.collection.select.value, region: this.region.select.value, language: this.language.select.value };
  }

  async showScreens() {
    const where = this.where();
    this.gallery.href = `/gallery?${new URLSearchParams(where)}`;
    this.status.textContent = "Walking through the flow…";
    this.list.replaceChildren();
    const { screens } = await get(`guide/screens?${new URLSearchParams(where)}`);
    if (JSON.stringify(where) !== JSON.stringify(this.where())) return; // another was chosen meanwhile
    this.status.textContent = `${screens.length} screens. Press one, and somebody new is walked there.`;
    this.list.replaceChildren(...screens.map((screen) => this.entry(screen)));
  }

  entry({ number, name, last, obstacle, anchor }) {
    const words = [element("span", { class: "screen-name" }, name), " ", element("span", { class: "screen-last" }, last)];
    if (obstacle) {
      const to = `${this.gallery.getAttribute("href")}#${anchor}`;
      return element("li", {}, element("a", { class: "screen", href: to }, ...words, " ", element("span", { class: "screen-last" }, `In the gallery only: ${obstacle}.`)));
    }
    return element("li", {}, element("button", { type: "button", class: "screen", on: { click: () => this.walk(number, name) } }, ...words));
  }

  async walk(number, name) {
    this.list.setAttribute("aria-busy", "true");
    this.status.textContent = `Walking to ${name}…`;
    try {
      if (this.walker !== null) await post(`people/${this.walker}/forget`).catch(() => {});
      const person = await post("walks", { ...this.where(), number, name });
      this.walker = person.id;
      this.status.textContent = `There: ${name}.`;
      if (matchMedia("(max-width: 46rem)").matches) this.panel.show(false); // it stands in the chat's place
      await this.goTo(person.id);
    } catch (error) {
      this.status.textContent = `Not there: ${error.words || "the sandbox does not answer"}.`;
    } finally {
      this.list.removeAttribute("aria-busy");
    }
  }
}

async function get(path) {
  return (await fetch(`/page/${path}`)).json();
}
