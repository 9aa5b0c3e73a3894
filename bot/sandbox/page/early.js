// Before anything is drawn: the look that was chosen. A module would run later, and the page would flash.

try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // No storage is allowed: the look is the system's.
}
