"""What the page is told: contributors, their messages, the bot and its calls, as small JSON."""

from typing import TYPE_CHECKING, Any, Final

from babel import Locale, UnknownLocaleError

from bot.sandbox.chats import Post
from bot.sandbox.keyboards import Button

if TYPE_CHECKING:
    from bot.sandbox.calls import Call
    from bot.sandbox.contributor import Person
    from bot.sandbox.server import Sandbox

Json = dict[str, Any]

CALLS_SHOWN: Final = 200
_LONGEST_VALUE: Final = 2000


def state_wire(sandbox: "Sandbox") -> Json:
    return {
        "bot": bot_wire(sandbox),
        "languages": [{"code": code, "dir": direction(code)} for code in sandbox.languages],
        "people": [person_wire(sandbox, person) for person in sandbox.people.values()],
        "calls": [call_wire(call) for call in filter(_of_interest, sandbox.calls[-CALLS_SHOWN:])],
        "violations": len(sandbox.violations),
        "guided": sandbox.guide is not None,
        "faults": faults_wire(sandbox),
    }


def faults_wire(sandbox: "Sandbox") -> list[Json]:
    """What goes wrong now, Telegram's rates among it where they are kept to."""
    rates = {"name": "rates", "chat_id": None, "once": False, "met": None}
    return [*sandbox.faults.wire(), *([rates] if sandbox.limits.enforced else [])]


def direction(language_code: str | None) -> str:
    """CLDR's, for whatever it knows: an account may have any language code, or one that is none."""
    try:
        return Locale.parse(language_code or "", sep="-").text_direction
    except (UnknownLocaleError, ValueError, TypeError):
        return "ltr"


def bot_wire(sandbox: "Sandbox") -> Json:
    return {"username": sandbox.bot_username}


def person_wire(sandbox: "Sandbox", person: "Person") -> Json:
    account, chat = person.account, person.chat
    profile = sandbox.service.profile
    language = (account.language_code or "")[:2]
    keyboard = chat.reply_keyboard()
    return {
        "id": account.id,
        "name": account.first_name,
        "language_code": account.language_code,
        "dir": direction(account.language_code),
        "started": account.started,
        "blocked": account.blocked,
        "deactivated": account.deactivated,
        "doing": chat.doing,
        # What Telegram shows is in the person's language where the bot has set one.
        "bot_name": profile.text("name", language),
        "description": profile.text("description", language),
        "commands": profile.commands_shown(account.id, account.language_code),
        "messages": [message_wire(post) for post in chat.visible()],
        "reply_keyboard": keyboard.id if keyboard else None,
        "unanswered": person.unanswered,
        "toasts": person.toasts,
    }


def message_wire(post: Post) -> Json:
    markup = post.markup or {}
    return {
        "id": post.id,
        "author": "bot" if post.from_bot else "person",
        "text": post.text,
        "entities": post.entities,
        "date": post.date,
        "edited": post.edited is not None,
        "protected": "has_protected_content" in post.extra,
        "inline": post.has_inline_keyboard,
        "buttons": [_button_wire(button) for button in post.buttons],
        "keyboard": "shown" if "keyboard" in markup else "removed" if "remove_keyboard" in markup else None,
        "file": _file_wire(post),
        "reply_to": post.extra.get("reply_to_message", {}).get("text"),
    }


def _button_wire(button: Button) -> Json:
    kind = "data" if button.data is not None else "url" if button.url else "copy" if button.copy_text else "text"
    return {
        "label": button.label,
        "row": button.row,
        "kind": kind,
        "url": button.url,
        "copy": button.copy_text,
        "style": button.style,
    }


def _file_wire(post: Post) -> Json | None:
    if document := post.media.get("document"):
        return {"id": document["file_id"], "name": document["file_name"], "size": document["file_size"]}
    if photo := post.media.get("photo"):
        return {"id": photo[-1]["file_id"], "name": "", "size": photo[-1]["file_size"], "picture": True}
    if voice := post.media.get("voice"):
        return {"id": voice.get("file_id", ""), "name": "voice", "size": voice.get("file_size", 0), "voice": True}
    if post.media:
        return {"id": "", "name": next(iter(post.media)), "size": 0}
    return None


def _of_interest(call: "Call") -> bool:
    """Polling goes on all the time and tells nothing, unless something is wrong with it."""
    return call.method != "getUpdates" or bool(call.violations) or call.error is not None


def call_wire(call: "Call") -> Json:
    return {
        "number": call.number,
        "method": call.method,
        "parameters": {name: _shortened(value) for name, value in call.parameters.items()},
        "at": call.at,
        "error": call.error,
        "faults": call.faults,
        "result": _result(call.result),
        "violations": call.violations,
    }


def _shortened(value: object) -> object:
    return value[:_LONGEST_VALUE] + "…" if isinstance(value, str) and len(value) > _LONGEST_VALUE else value


def _result(result: object) -> object:
    """As much as tells what came of it; a message's whole text stands in the chat."""
    return {"message_id": result["message_id"]} if isinstance(result, dict) and "message_id" in result else result


def event_wire(sandbox: "Sandbox", event: Json) -> Json | None:
    """An event as the page is told it; None for what it does not show."""
    kind = event["type"]
    if kind == "message":
        return {"type": kind, "chat": event["chat"], "message": message_wire(event["post"])}
    if kind == "call":
        return {"type": kind, "call": call_wire(event["call"])} if _of_interest(event["call"]) else None
    if kind == "person":
        person = sandbox.people.get(event["chat"])
        return {"type": kind, "person": person_wire(sandbox, person)} if person else None
    if kind == "faults":
        return {"type": kind, "faults": faults_wire(sandbox)}
    if kind == "everybody":
        return {"type": "state", "state": state_wire(sandbox)}
    return event
