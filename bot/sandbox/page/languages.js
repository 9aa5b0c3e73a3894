// Which language something is in, for whoever has it read aloud: Telegram does not say, so its script and words do.

const SCRIPTS = [
  // The first language is taken where the contributor's own is not written so.
  ["Hiragana", ["ja"]],
  ["Katakana", ["ja"]],
  ["Han", ["zh", "ja"]],
  ["Hangul", ["ko"]],
  ["Arabic", ["ar", "ur", "fa", "ps", "ckb", "sd", "ug"]],
  ["Hebrew", ["he", "yi"]],
  ["Devanagari", ["hi", "mr", "ne"]],
  ["Bengali", ["bn", "as"]],
  ["Cyrillic", ["ru", "uk", "bg", "sr", "kk"]],
  ["Greek", ["el"]],
  ["Thai", ["th"]],
  ["Ethiopic", ["am", "ti"]],
  ["Latin", ["en"]],
].map(([script, languages]) => ({ languages, script, letters: new RegExp(`\\p{Script=${script}}`, "gu") }));

// Small words that stand in nearly every sentence.
const SMALL_WORDS = {
  en: "the and you your of to is are not with this for can do",
  es: "el los las que de y en un una para no tu con es se",
  pt: "o os as que de e em um uma para não você seu com é",
  de: "der die das und du sie nicht ist ein eine zu mit für dein",
  fr: "le les et vous de des est un une pour pas votre dans",
  sw: "ya na wa kwa ni hii hili yako wewe au la kuwa si wako",
};
const SMALL = Object.entries(SMALL_WORDS).map(([language, words]) => [language, new Set(words.split(" "))]);

/** A language code; `own` is the contributor's, and is kept where nothing speaks against it. */
export function languageOf(text, own) {
  const script = mostly(text);
  if (!script) return own;
  const short = own.split("-")[0];
  if (script.script === "Latin") return latin(text, short) || own;
  return script.languages.includes(short) ? own : script.languages[0];
}

function mostly(text) {
  let most = null;
  let best = 0;
  for (const script of SCRIPTS) {
    // One kana among many Han characters is Japanese already.
    const weight = script.languages[0] === "ja" ? 100 : 1;
    const count = (text.match(script.letters)?.length || 0) * weight;
    if (count > best) [most, best] = [script, count];
  }
  return most;
}

/** The Latin language whose small words are most; "" for the contributor's own, which wins a tie. */
function latin(text, own) {
  const words = text.toLowerCase().match(/\p{L}+/gu) || [];
  const counts = SMALL.map(([language, small]) => [language, words.filter((word) => small.has(word)).length]);
  const ofOwn = counts.find(([language]) => language === own)?.[1] || 0;
  // A language whose small words nobody has listed loses to English alone: its own are taken for any neighbour's.
  const listed = counts.filter(([language]) => own in SMALL_WORDS || language === "en" || writtenOtherwise(own));
  const [language, most] = listed.reduce((best, next) => (next[1] > best[1] ? next : best));
  if (most > ofOwn && most > 1) return language;
  return writtenOtherwise(own) ? "en" : "";
}

function writtenOtherwise(own) {
  return SCRIPTS.some(({ languages, script }) => script !== "Latin" && languages.includes(own));
}
