// Times of day, days and moments, as somebody's language writes them. `seconds` are Unix time.

export function clock(language) {
  const hour = format(language, { hour: "numeric", minute: "2-digit" });
  const long = format(language, { dateStyle: "long" });
  const full = format(language, { dateStyle: "full", timeStyle: "short" });
  const near = relative(language);
  const days = (seconds) => Math.round((midnight(new Date(seconds * 1000)) - midnight(new Date())) / 86_400_000);
  return {
    time: (seconds) => hour.format(seconds * 1000),
    moment: (seconds) => full.format(seconds * 1000),
    day: (seconds) => (days(seconds) === 0 || days(seconds) === -1 ? capital(near.format(days(seconds), "day")) : long.format(seconds * 1000)),
  };
}

function capital(words) {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function midnight(day) {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime();
}

/** A contributor's language may be any code: one that the browser does not know is English. */
function format(language, options) {
  try {
    return new Intl.DateTimeFormat(language, options);
  } catch {
    return new Intl.DateTimeFormat("en", options);
  }
}

function relative(language) {
  try {
    return new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  } catch {
    return new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  }
}
