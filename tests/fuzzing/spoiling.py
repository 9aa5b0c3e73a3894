"""Files spoiled in the ways in which files are spoiled, by accident and on purpose."""

from __future__ import annotations

from random import Random

from .texts import hostile


def bomb(levels: int = 12, each: int = 10) -> bytes:
    """YAML that is short and stands for `each` to the power of `levels` values."""
    names = [b"*b%d" % level for level in range(levels)]
    lines = [b"b%d: &b%d [%s]" % (n, n, b",".join([name] * each)) for n, name in enumerate(names[:-1], start=1)]
    return b"\n".join([b"b0: &b0 [x]", *lines])


_SNIPPETS = (
    bomb(), b"&a [*a]", b"a: &a\n  <<: *a\n", b"<<: [*x, *x]", b"[" * 5000, b"{a: " * 500, b"- " * 3000, b"? " * 500,
    b"\n".join(b" " * n + b"a:" for n in range(600)), b"9" * 5000, b"-" + b"9" * 400, b"1e999999999", b"1.0e+999",
    b"2026-02-30", b"9999-99-99", b"2026-01-01 99:99:99", b"0b_", b"0x_", b"1:60:60:60", b".nan", b".inf",
    b"!!bool x", b"!!int x", b"!!float x", b"!!timestamp x", b"!!binary x", b"!!set {a}", b"!!omap x", b"=",
    b"!!python/object/apply:os.system [x]", b"!!python/tuple [1]", b"!!str 1", b"!<x> y", b"%YAML 9.9\n---\n", b"---\n",
    b'"\\0"', b'"\\ud800"', b'"\\x1b[2J"', b'"\\u202e"', b"'", b'"', b"|\n", b">-\n", b"\x00", b"\xff\xfe", b"\xfe\xff",
    b"\xef\xbb\xbf", b"\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\r", b"\r\n", b"\x0b", b"\x0c", b"\xe2\x80\xa8",
    b"\x85", b"\t", b"{}", b"[]", b"null", b"~", b"true", b"{", b"}", b": ", b"# ", b"<!-- question -->\n",
    b"<!-- more -->\n", b"- [x] \n", b"- [x] " + b"y" * 1100 + b"\n", b"# " + b"t" * 1100 + b"\n", b"{money}", b"**",
    b"**a" * 500, b"NaN", b"Infinity", b"1e400", b'{"a":' * 3000, b'"' + b"x" * 200000 + b'"', b"\\", b"${x}", b"$(x)",
    b"a" * 300000, b"\n" * 5000, b"SURVEYBOT_OWNERS=\xc2\xb2\n", b"SURVEYBOT_LISTEN=a:\xc2\xb2\n", b"SURVEYBOT_API_URL=http://[\n",
    b"SURVEYBOT_SEND_RATE=nan\n", b"SURVEYBOT_KEY_FILE=\x00\n", b"SURVEYBOT_OWNERS=" + b"9" * 5000 + b"\n",
)  # fmt: skip


def spoiled(dice: Random, content: bytes) -> bytes:
    """A file's content, spoiled in one to three ways."""
    for _ in range(dice.randrange(1, 4)):
        content = dice.choice(_WAYS)(dice, content)
    return content


def _piece(dice: Random) -> bytes:
    if dice.random() < 0.3:
        return hostile(dice).encode("utf-8", "surrogatepass")
    return dice.choice(_SNIPPETS)


def _place(dice: Random, content: bytes) -> int:
    return dice.randrange(len(content) + 1)


def _put_in(dice: Random, content: bytes) -> bytes:
    at = _place(dice, content)
    return content[:at] + _piece(dice) + content[at:]


def _put_over(dice: Random, content: bytes) -> bytes:
    at = _place(dice, content)
    return content[:at] + _piece(dice) + content[at + dice.randrange(1, 30) :]


def _put_value(dice: Random, content: bytes) -> bytes:
    """Another value where a line has one: what stands after a colon, an equals sign or a dash."""
    lines = content.split(b"\n")
    at = dice.randrange(len(lines))
    for sign in (b": ", b"=", b"- ", b":"):
        name, found, _ = lines[at].partition(sign)
        if found:
            lines[at] = name + found + _piece(dice)
            break
    return b"\n".join(lines)


def _cut(dice: Random, content: bytes) -> bytes:
    at = _place(dice, content)
    return content[:at] if dice.random() < 0.5 else content[at:]


def _doubled(dice: Random, content: bytes) -> bytes:
    start = _place(dice, content)
    piece = content[start : start + dice.randrange(1, 200)]
    return content[:start] + piece * dice.randrange(2, 5) + content[start:]


def _flipped(dice: Random, content: bytes) -> bytes:
    if not content:
        return content
    at = dice.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << dice.randrange(8)]) + content[at + 1 :]


def _recoded(dice: Random, content: bytes) -> bytes:
    return content.decode("utf-8", "replace").encode(dice.choice(("utf-16", "utf-32", "latin-1", "utf-7")), "replace")


_WAYS = (_put_in, _put_in, _put_over, _put_value, _cut, _doubled, _flipped, _recoded)
