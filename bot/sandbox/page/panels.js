// Panels beside the chats: one at a time; in a narrow window, in their place.

const open = new Set();

export class Panel {
  constructor(name) {
    this.element = document.getElementById(name);
    this.toggle = document.getElementById(`${name}-toggle`);
    this.toggle.addEventListener("click", () => this.show(this.element.hidden));
    document.getElementById(`${name}-close`).addEventListener("click", () => this.leave());
    this.element.addEventListener("keydown", (event) => { if (event.key === "Escape") this.leave(); });
  }

  show(shown) {
    if (shown) for (const other of [...open]) other.show(false);
    this.element.hidden = !shown;
    this.toggle.setAttribute("aria-expanded", String(shown));
    if (shown) open.add(this);
    else open.delete(this);
    document.getElementById("stage").classList.toggle("stage-panel", open.size > 0);
    this.onshown?.();
  }

  leave() {
    this.show(false);
    this.toggle.focus();
  }
}
