"""A picture in other forms: a page, lines for a terminal, values for a program. They say the same, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from bot import inline
from bot.progress.words import Words
from flows.picture import Line, Part, Picture

_BAR = 24


def lines(picture: Picture, words: Words) -> Iterator[str]:
    """For a terminal."""
    yield words(picture.title)
    yield words(picture.where)
    for part in picture.parts:
        yield ""
        yield words(part.title)
        if part.note is not None:
            yield f"  {words(part.note)}"
        labels = [words(line.label) for line in part.lines]
        widest = min(44, max((len(label) for label in labels), default=0))
        for label, line in zip(labels, part.lines, strict=True):
            yield f"  {label:<{widest}}  {_bar(line)}  {words(line.said)}"
    yield ""
    for note in picture.notes:
        yield words(note)


def _bar(line: Line) -> str:
    full = 0 if line.full is None else max(1 if line.full else 0, round(line.full * _BAR / 100))
    return "█" * full + "·" * (_BAR - full)


def values(picture: Picture, words: Words) -> dict[str, Any]:
    """For a program. `value` is people in tens, percent, or minutes; null where it is not shown."""
    return {
        "title": words(picture.title),
        "where": words(picture.where),
        "parts": [
            {
                "title": words(part.title),
                "about": part.theme.value,
                "lines": [
                    {"label": words(line.label), "said": words(line.said), "value": line.value} for line in part.lines
                ],
            }
            for part in picture.parts
        ],
        "notes": [words(note) for note in picture.notes],
    }


_STYLE = """
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 80rem; margin: 2rem auto; padding: 0 1rem }
main { columns: 24rem; column-gap: 3rem }
section { break-inside: avoid; margin-bottom: 2rem }
h2 { font-size: 1.2rem; margin: 0 0 .5rem }
ul { list-style: none; margin: 0; padding: 0 }
li { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; margin-bottom: .6rem }
.bar { flex-basis: 100%; height: .5rem; border-radius: .25rem; background: #8884; overflow: visible }
[dir=rtl] .bar { transform: scaleX(-1) }
.bar .full { fill: #2f6fb0 }
.bar .hoped { fill: #c2410c; stroke: #c2410c; stroke-width: 2px }
"""


def page(picture: Picture, words: Words) -> str:
    """A page that needs nothing but itself."""
    direction = "rtl" if words.right_to_left else "ltr"
    parts = "".join(_section(part, words) for part in picture.parts)
    notes = "".join(f"<p>{escape(words(note))}</p>" for note in picture.notes)
    heading = escape(words(picture.title))
    language = words.language.replace("_", "-")
    return (
        f'<!doctype html><html lang="{language}" dir="{direction}"><head><meta charset="utf-8">'
        f'{inline.head(_STYLE)}<meta name="viewport" content="width=device-width"><title>{heading}</title></head>'
        f"<body><h1>{heading}</h1><p>{escape(words(picture.where))}</p><main>{parts}</main>"
        f"<footer>{notes}</footer></body></html>\n"
    )


def _section(part: Part, words: Words) -> str:
    note = "" if part.note is None else f"<p>{escape(words(part.note))}</p>"
    rows = "".join(
        f"<li><span>{escape(words(line.label))}</span> <span>{escape(words(line.said))}</span>{_html_bar(line)}</li>"
        for line in part.lines
    )
    return f"<section><h2>{escape(words(part.title))}</h2>{note}<ul>{rows}</ul></section>"


def _html_bar(line: Line) -> str:
    """What it shows is said in words beside it."""
    if line.full is None and line.hoped is None:
        return ""
    mark = "" if line.hoped is None else f'<rect class="hoped" x="{line.hoped}%" y="-50%" width="1" height="200%"/>'
    full = f'<rect class="full" width="{line.full or 0}%" height="100%" rx="4"/>'
    return f'<svg class="bar" width="100%" height="8" aria-hidden="true">{full}{mark}</svg>'
