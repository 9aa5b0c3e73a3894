"""How the booklet looks: on a screen, and above all on paper. Sides are logical, so that Arabic mirrors."""

STYLE = """
:root { color-scheme: light; --ink: #1c1c1e; --soft: #5a5f66; --line: #d5d8dc; --wall: #eef1f4; --amber: #8a5300;
  --amber-wall: #fff3d6; --accent: #1f5fa8; }
* { box-sizing: border-box; margin: 0; }
body { color: var(--ink); background: #fff; line-height: 1.5;
  font-family: system-ui, "Noto Sans", "Noto Sans Arabic", "Noto Sans Devanagari", "Noto Sans JP", "Hiragino Sans",
  "Yu Gothic", sans-serif; }
main { max-width: 76rem; margin-inline: auto; padding: 2rem clamp(1rem, 4vw, 3rem) 4rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin-block-end: .5rem; }
h2 { font-size: 1.3rem; margin-block: 1.75rem .5rem; }
h3 { font-size: 1.05rem; margin-block: 1.25rem .35rem; }
h4 { font-size: .95rem; margin-block-end: .4rem; }
p, li, dd, td { overflow-wrap: anywhere; }
header > p { max-width: 75ch; margin-block-end: .5rem; }
ul { padding-inline-start: 1.25rem; }
code { font-size: .95em; font-family: ui-monospace, "Noto Sans Mono", monospace; overflow-wrap: anywhere; }
a { color: var(--accent); }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: start; vertical-align: top; padding: .35rem .6rem; border-block-end: 1px solid var(--line); }
.changes th { width: 24%; font-weight: 400; color: var(--soft); overflow-wrap: anywhere; }
.changes td { white-space: pre-wrap; width: 38%; }
.changes td:last-child { background: var(--amber-wall); }
.changes em { color: var(--soft); }
del { text-decoration: line-through; text-decoration-thickness: 1px; color: var(--soft); }
ins { text-decoration: none; font-weight: 600; border-block-end: 2px solid var(--amber); }
.facts { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: .15rem 1rem; font-size: .95rem; }
dt { color: var(--soft); }
.region { border-block-start: 3px solid var(--ink); margin-block-start: 2.5rem; }
.chapter { border-block-start: 1px solid var(--line); margin-block-start: 1.75rem; }
.code { color: var(--soft); }
.changed, .flag { color: var(--amber); }
.flag { font-size: .8rem; text-transform: uppercase; letter-spacing: .03em; }
.place { color: var(--soft); font-weight: 400; }
.pair { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr) minmax(0, .8fr);
  gap: 1rem; align-items: start; }
.card { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); margin-block: .6rem 1rem; }
.card h4 { grid-column: 1 / -1; margin: 0; }
.words { white-space: pre-wrap; border: 1px solid var(--line); border-radius: .6rem; padding: .7rem .9rem;
  font-size: .95rem; }
.leaf { margin-block: 1rem; padding-block-start: .6rem; border-block-start: 1px solid var(--line); }
.has-changed { border-inline-start: 4px solid var(--amber); padding-inline-start: .8rem; }
.picture { min-width: 0; max-width: 26rem; }
.picture figcaption { font-size: .75rem; color: var(--soft); margin-block-end: .25rem; }
.phone { background: var(--wall); border-radius: .8rem; padding: .6rem; }
.message { background: #fff; border-radius: .7rem; padding: .5rem .75rem; white-space: pre-wrap;
  overflow-wrap: anywhere; font-size: .9rem; line-height: 1.45; }
[lang="ar"], [lang="hi"], [lang="ja"], [lang="ur"] { line-height: 1.65; }
[lang="ar"] i, [lang="hi"] i, [lang="ja"] i, [lang="ur"] i { font-style: normal; color: var(--soft); }
.keyboard { list-style: none; padding: 0; display: grid; gap: .25rem; margin-block-start: .3rem; }
.row { display: flex; gap: .25rem; }
.key { flex: 1 1 0; min-width: 0; padding: .35rem; border-radius: .45rem; background: #dbe2ea; text-align: center;
  font-size: .83rem; line-height: 1.4; overflow-wrap: anywhere; unicode-bidi: isolate; }
.key-primary { background: var(--accent); color: #fff; }
.key-danger { background: #f6dede; }
.key-link::after { content: " ↗"; }
.absent { color: var(--soft); font-style: italic; }
mark { background: var(--amber-wall); color: inherit; border-block-end: 2px solid var(--amber); }
.remarks { list-style: none; padding: 0; margin-block-start: .35rem; font-size: .8rem; color: var(--amber); }
.remark { min-height: 6rem; height: 100%; border: 1px dashed var(--line); border-radius: .6rem; padding: .4rem .6rem;
  font-size: .75rem; color: var(--soft); }
.signature { margin-block: 1.5rem; border: 1px solid var(--ink); border-radius: .6rem; padding: .5rem 1rem 1rem;
  break-inside: avoid; }
.signature dl { display: grid; grid-template-columns: max-content 1fr; gap: .9rem 1rem; margin-block-end: .8rem; }
.signature dd { border-block-end: 1px solid var(--ink); }
@media (max-width: 50rem) { .pair, .card { grid-template-columns: minmax(0, 1fr); } .remark { min-height: 3rem; } }
@media print {
  @page { margin: 14mm; }
  main { max-width: none; padding: 0; }
  html { font-size: 8pt; }
  .leaf, .card, tr { break-inside: avoid; }
  .region, .chapter { break-before: page; border-block-start: 0; }
  .region > .chapter:first-of-type { break-before: auto; }
  h2, h3, h4 { break-after: avoid; }
  .pair { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr) minmax(0, .6fr); }
  .card { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
  .phone, .message, .key { border: 1px solid #999; }
  .key-primary { background: #eee; color: #000; font-weight: 700; }
}
"""
