"""`repr` and exception text: what a traceback or a debugger prints of these holds no answer, no chat, no key."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from support.running import settings_for

from bot.adapter.decode import Decoder, Elsewhere, NotUnderstood
from bot.adapter.send import TelegramMessenger
from bot.adapter.transport import HttpRequest
from bot.arrivals import Arrival, DueArrival, Settled
from bot.chats import Chat, Part, new_chat
from bot.letterhead import Letterhead
from bot.showing import Showing
from bot.storage.conversations import ContributionRow, ConversationRow
from bot.storage.keystore import Wrap
from bot.storage.outbox import OutboxRow
from bot.storage.schedule import Due
from bot.team.desk import Desk, TeamSettings
from bot.team.office import MadeLink
from bot.texts import Texts
from bot.vault import FIXED_RING_KEYS, CannotOpen, Vault, seal, unseal
from flows.contact.correspondence import Correspondence
from flows.contact.letter import Letter
from flows.effects import GiveConsent
from flows.events import Opened, Typed
from flows.questions import Answer
from flows.screens import Screen, body
from flows.session import Passage, Session, Stage
from flows.shelf import Shelf
from flows.team.board import Board
from flows.team.events import TeamAsked, TeamCommand, TeamLinkOpened
from flows.team.rights import Limits, Right, Role, Standing, Training
from flows.team.roster import LetterAnswered, Link, MemberNamed, Roster
from flows.team.visit import Visit
from flows.words import Raw, say

CHAT = 6_123_456_789
WORDS = "marmalade lighthouse"
CODE = "K7M4QX2P"
KEY = b"\xaa" * 32
SEALED = b"\xbb" * 40
HASH = b"\x11" * 32
"""What a chat is looked up by, or a key's id: it says nothing without the ring."""

NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
TOKEN = b"\xcc" * 32

_ANSWER = Answer(("nhpi", "described"), WORDS)
_PASSAGE = Passage(
    "demographics", Stage.REVIEW, participant=CODE, code=CODE, answers={"ancestry": _ANSWER}, retired={"a": _ANSWER}
)
_SESSION = Session("en", 7, current="demographics", passages={"demographics": _PASSAGE})
_TYPED = Typed(at=NOW, token=TOKEN, text=WORDS, message=3)
_ROW = ConversationRow(HASH, HASH, SEALED, 1, owed=True, ending=False, reachable=True)
_PART_ROW = ContributionRow(HASH, "demographics", "p_1", HASH, SEALED, None, None, None)
_OUTBOX = OutboxRow("1", HASH, "reply", "delete", SEALED, 0, NOW, 0, NOW)
_VAULT = Vault(dict.fromkeys(FIXED_RING_KEYS, KEY), lambda n: b"\xdd" * n)
_SCREEN = Screen("s", (body(say("{words}", words=Raw(WORDS))),))


_LETTER = Letter("c_1", HASH, "demographics", "US", NOW, NOW, words=WORDS, answer=WORDS, language="en", chat=HASH)
_RIGHT = Right("r_1", "m_1", Role.COORDINATOR, NOW, "m_2", name=WORDS, training=Training(NOW.date(), WORDS))
_ROSTER = Roster({"r_1": _RIGHT}, letters={"c_1": _LETTER})
_VISIT = Visit("en", 1, NOW, secret=CODE)
_CORRESPONDENCE = Correspondence("en", 1, answer=WORDS)


def _chat() -> Chat:
    chat = new_chat(HASH, CHAT, _VAULT)
    chat.session = _SESSION
    chat.parts["demographics"] = Part("p_1", _PART_ROW, HASH, KEY, passage=_PASSAGE)
    chat.key = KEY
    chat.visit, chat.correspondence = _VISIT, _CORRESPONDENCE
    return chat


THINGS = [
    Arrival(CHAT, _TYPED, 1, callback="42"),
    DueArrival(HASH, Due("fold", HASH.hex(), NOW)),
    Settled(HASH, 1, shown=True),
    _TYPED,
    Opened(at=NOW, token=TOKEN, participant=CODE),
    _ANSWER,
    _PASSAGE,
    _SESSION,
    Letterhead(CHAT, 5),
    _chat(),
    Showing(HASH, CHAT, 1, "en", 1, None, _SCREEN, (("42", WORDS),), ((_OUTBOX, KEY),)),
    _ROW,
    _PART_ROW,
    _OUTBOX,
    Wrap(HASH, "self", SEALED, NOW),
    _VAULT,
    Elsewhere(CHAT, 1, "en"),
    GiveConsent.__dataclass_fields__["participant"].repr,
    _LETTER,
    _RIGHT,
    _VISIT,
    _CORRESPONDENCE,
    Desk(TeamSettings((CHAT,)), _VAULT, _ROSTER, {"r_1": (HASH, KEY)}),
    Board(Standing("m_1", rights=(_RIGHT,)), _ROSTER, Shelf((), unreviewed=False), lambda _: KEY),
    MemberNamed("m_1", WORDS),
    LetterAnswered("c_1", WORDS, NOW),
    TeamAsked(at=NOW, token=TOKEN, command=TeamCommand.HALT, argument=WORDS),
    TeamLinkOpened(at=NOW, token=TOKEN, secret=CODE),
    MadeLink(Link("l_1", HASH, Role.STEWARD, Limits(), "m_1", NOW, NOW), f"https://t.me/a?start={CODE}"),
]


@pytest.mark.parametrize("thing", THINGS, ids=lambda thing: type(thing).__name__)
def test_a_repr_shows_no_answer_no_chat_and_no_key(thing: object) -> None:
    shown = repr(thing)
    secrets = (WORDS, "nhpi", CODE, str(CHAT), repr(KEY)[2:20], repr(SEALED)[2:40], repr(TOKEN)[2:20])
    assert [secret for secret in secrets if secret in shown] == []


def test_settings_and_messenger_show_no_token(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, "http://127.0.0.1:1", token="987:SECRET", webhook_secret="hush-hush")  # noqa: S106
    assert "SECRET" not in repr(settings) + str(settings)
    assert "hush-hush" not in repr(settings) + str(settings)
    messenger = TelegramMessenger(HttpRequest(), "http://127.0.0.1:1/bot987:SECRET", Texts({}))
    assert "SECRET" not in repr(messenger)
    assert "SECRET" not in repr(HttpRequest())


def test_exceptions_say_nothing_of_what_was_in_hand() -> None:
    with pytest.raises(CannotOpen) as opened:
        unseal(KEY, seal(KEY, WORDS.encode(), b"here", lambda n: b"\xdd" * n), b"elsewhere")
    decoder = Decoder(lambda: NOW, lambda n: b"\xcc" * n, "a_bot")
    update = {"update_id": 1, "message": {"chat": {"id": CHAT}, "text": WORDS}}
    with pytest.raises(NotUnderstood) as decoded:
        decoder.decode(update)
    said = f"{opened.value!r} {decoded.value!r}"
    assert WORDS not in said
    assert str(CHAT) not in said
    assert decoded.value.__cause__ is None
    assert decoded.value.__suppress_context__
