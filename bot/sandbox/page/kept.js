// What is remembered about this page on this machine: the look, and whether chats stand side by side.

export function kept(name, otherwise) {
  try {
    return localStorage.getItem(name) ?? otherwise;
  } catch {
    return otherwise; // no storage is allowed: it holds until the page is left
  }
}

export function keep(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // as above
  }
}
