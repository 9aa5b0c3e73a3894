// Light, dark, or as the system has it.

import { keep, kept } from "./kept.js";

export const LOOKS = [["system", "As the system"], ["light", "Light"], ["dark", "Dark"]];

export function look() {
  return document.documentElement.dataset.theme || "system";
}

export function choose(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  if (kept("theme", "system") !== theme) keep("theme", theme);
}
