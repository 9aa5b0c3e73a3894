"""An SVG as PNG, in a process of its own: `python -m bot.progress.rasterise` reads the one and writes the other.

Drawing takes a good part of a second and holds the interpreter meanwhile; and whatever native code does, it does not do
to the bot. Nothing but what is drawn goes there, and nothing of it is written to a disk.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"

LONGEST = 60.0
"""Seconds for one picture, which takes a good part of one: others wait for it."""


class NotDrawn(Exception):
    """The picture could not be made."""


def fonts_of(folder: Path) -> list[Path]:
    """Fonts that lie in a folder, for scripts that the shipped ones lack."""
    return sorted([*folder.glob("*.ttf"), *folder.glob("*.otf")])


async def png(drawn: str, more_fonts: Sequence[Path] = ()) -> bytes:
    """An SVG as PNG. Raises NotDrawn."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.progress.rasterise", *map(str, more_fonts),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(LONGEST):
            made, _ = await process.communicate(drawn.encode())
    except TimeoutError:
        raise NotDrawn("it took too long to draw the picture") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()  # its pipes are closed then
    if process.returncode != 0 or not made:
        raise NotDrawn("the picture could not be drawn")
    return made


def _main() -> None:
    import resvg_py  # noqa: PLC0415  # only this process loads it

    # Where a letter is in none of a text's own family, the first font that has it is taken: regular before bold.
    shipped = sorted(fonts_of(FONTS), key=lambda path: ("Bold" in path.name, path.name))
    fonts = [str(path) for path in shipped] + sys.argv[1:]
    drawn = sys.stdin.buffer.read().decode()
    sys.stdout.buffer.write(bytes(resvg_py.svg_to_bytes(svg_string=drawn, skip_system_fonts=True, font_files=fonts)))


if __name__ == "__main__":
    _main()
