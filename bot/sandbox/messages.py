"""The Bot API's methods on messages: send, edit, delete, and what Telegram refuses about them."""

from collections.abc import Mapping
from typing import Any, Final

from bot.sandbox.chats import Chat, Post
from bot.sandbox.entities import is_blank, read_text
from bot.sandbox.files import Stored, Upload
from bot.sandbox.keyboards import checked
from bot.sandbox.refusals import bad_request, breach
from bot.sandbox.service import Service
from bot.sandbox.updates import whole

Json = dict[str, Any]
Uploads = Mapping[str, Upload]

# Characters, not UTF-16 units: td counts with utf8_length. The source before parsing has a limit too (Client.cpp).
TEXT_AT_MOST: Final = 4096
SOURCE_BYTES_AT_MOST: Final = 1 << 15
CAPTION_AT_MOST: Final = 1024
TOAST_AT_MOST: Final = 200
DELETABLE_FOR: Final = 48 * 3600
DELETED_AT_ONCE: Final = 100

_NOT_MODIFIED: Final = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
_ACTIONS: Final = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)


class Messages:
    def __init__(self, service: Service) -> None:
        self._service = service

    def send_message(self, parameters: Json, _: Uploads) -> Json:
        chat = self._service.chats.writable(parameters.get("chat_id"))
        text, entities = _text(parameters)
        return self._post(chat, parameters, text, entities).wire()

    def send_document(self, parameters: Json, uploads: Uploads) -> Json:
        return self._send_file(parameters, uploads, "document")

    def send_photo(self, parameters: Json, uploads: Uploads) -> Json:
        return self._send_file(parameters, uploads, "photo")

    def send_voice(self, parameters: Json, uploads: Uploads) -> Json:
        return self._send_file(parameters, uploads, "voice")

    def _send_file(self, parameters: Json, uploads: Uploads, kind: str) -> Json:
        chat = self._service.chats.writable(parameters.get("chat_id"))
        caption, entities = _caption(parameters)
        stored = self._file(parameters.get(kind), uploads, kind)
        media: Json = {"document": stored.as_document()}
        if kind == "photo":
            media = {"photo": stored.as_photo()}
        elif kind == "voice":
            if chat.person is not None and chat.person.refuses_voice:
                raise bad_request("VOICE_MESSAGES_FORBIDDEN")
            media = {"voice": stored.as_voice(whole(parameters.get("duration") or 0, name="duration"))}
        return self._post(chat, parameters, caption, entities, media).wire()

    def _file(self, given: object, uploads: Uploads, kind: str) -> Stored:
        if not given or not isinstance(given, str):
            raise breach(f"there is no {kind} in the request")
        if given.startswith("attach://"):
            upload = uploads.get(given.removeprefix("attach://"))
            if upload is None:
                raise breach(f"there is no {kind} in the request")
            if not upload.content:
                raise breach("file must be non-empty")
            return self._service.files.add(upload, f"{kind}s")
        if "://" in given:
            raise bad_request("failed to get HTTP URL content")  # the sandbox reaches nothing outside
        stored = self._service.files.by_id(given)
        if stored is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return stored

    def _post(self, chat: Chat, parameters: Json, text: str, entities: list[Json], media: Json | None = None) -> Post:
        markup = checked(parameters.get("reply_markup"))
        extra = self._extra(chat, parameters)
        return self._service.bot_posts(
            chat, text=text, entities=entities, markup=markup, media=media or {}, extra=extra
        )

    def _extra(self, chat: Chat, parameters: Json) -> Json:
        extra: Json = {}
        if parameters.get("protect_content"):
            extra["has_protected_content"] = True
        if effect := parameters.get("message_effect_id"):
            extra["effect_id"] = effect
        if preview := parameters.get("link_preview_options"):
            extra["link_preview_options"] = preview
        if reply := parameters.get("reply_parameters"):
            extra |= _reply(chat, reply)
        return extra

    def edit_text(self, parameters: Json, _: Uploads) -> Json:
        post = self._editable(parameters)
        if post.media:
            raise bad_request("there is no text in the message to edit")
        text, entities = _text(parameters)
        return self._edit(post, text, entities, parameters)

    def edit_caption(self, parameters: Json, _: Uploads) -> Json:
        post = self._editable(parameters)
        if not post.media:
            raise bad_request("there is no caption in the message to edit")
        caption, entities = _caption(parameters)
        return self._edit(post, caption, entities, parameters)

    def edit_markup(self, parameters: Json, _: Uploads) -> Json:
        post = self._editable(parameters)
        return self._edit(post, post.text, post.entities, parameters)

    def _editable(self, parameters: Json) -> Post:
        if parameters.get("inline_message_id"):
            raise bad_request("MESSAGE_ID_INVALID")
        chat = self._service.chats.reachable(parameters.get("chat_id"))
        post = chat.posts.get(_message_id(parameters))
        if post is None or post.deleted:
            raise bad_request("message to edit not found")
        # A reply keyboard, its removal, or a forced reply cannot be undone by an edit.
        if not post.from_bot or (post.markup is not None and not post.has_inline_keyboard):
            raise bad_request("message can't be edited")
        return post

    def _edit(self, post: Post, text: str, entities: list[Json], parameters: Json) -> Json:
        markup = checked(parameters.get("reply_markup"))
        if markup is not None and "inline_keyboard" not in markup:
            raise breach("inline keyboard expected")
        if (post.text, post.entities, post.markup) == (text, entities, markup):
            raise bad_request(_NOT_MODIFIED)
        post.text, post.entities, post.markup = text, entities, markup
        self._service.bot_edits(post)
        return post.wire()

    def delete(self, parameters: Json, _: Uploads) -> bool:
        chat = self._known_chat(parameters)
        post = chat.posts.get(_message_id(parameters))
        if post is None or post.deleted:
            raise bad_request("message to delete not found")
        self._check_deletable(post)
        self._service.deletes(post)
        return True

    def delete_many(self, parameters: Json, _: Uploads) -> bool:
        chat = self._known_chat(parameters)
        ids = parameters.get("message_ids")
        if not isinstance(ids, list) or not ids:
            raise breach("message identifiers are not specified")
        if len(ids) > DELETED_AT_ONCE:
            raise breach("too many message identifiers specified")
        found = (chat.posts.get(whole(one, name="message identifier")) for one in ids)
        posts = [post for post in found if post is not None and not post.deleted]
        # All or none: td looks at each before it deletes any.
        for post in posts:
            self._check_deletable(post)
        for post in posts:
            self._service.deletes(post)
        return True

    def _known_chat(self, parameters: Json) -> Chat:
        """Deleting asks less than writing: it is not refused because a person has blocked the bot."""
        chat = self._service.chats.find(parameters.get("chat_id"))
        if chat is None or (chat.person is not None and not chat.person.started):
            return self._service.chats.reachable(parameters.get("chat_id"))
        return chat

    def _check_deletable(self, post: Post) -> None:
        if self._service.clock() - post.date > DELETABLE_FOR:
            raise bad_request("message can't be deleted for everyone")
        if post.chat.kind != "private" and not post.from_bot:
            raise bad_request("message can't be deleted")

    def chat_action(self, parameters: Json, _: Uploads) -> bool:
        chat = self._service.chats.reachable(parameters.get("chat_id"))
        action = parameters.get("action")
        if action not in _ACTIONS:
            raise breach("wrong parameter action in request")
        self._service.acts(chat, str(action))
        return True

    def answer_callback(self, parameters: Json, _: Uploads) -> bool:
        text = str(parameters.get("text") or "")
        if len(text) > TOAST_AT_MOST:
            raise breach("MESSAGE_TOO_LONG")
        self._service.answer_callback(
            str(parameters.get("callback_query_id")),
            text,
            alert=bool(parameters.get("show_alert")),
            url=str(parameters.get("url") or ""),
        )
        return True


def _text(parameters: Json) -> tuple[str, list[Json]]:
    given = parameters.get("text")
    if not given:
        raise breach("message text is empty")
    if len(str(given).encode()) > SOURCE_BYTES_AT_MOST:
        raise breach("text is too long")
    text, entities = read_text(str(given), parameters.get("parse_mode"), parameters.get("entities"))
    if is_blank(text):
        raise breach("text must be non-empty")
    if len(text) > TEXT_AT_MOST:
        raise breach("message is too long")
    return text, entities


def _caption(parameters: Json) -> tuple[str, list[Json]]:
    given = str(parameters.get("caption") or "")
    caption, entities = read_text(given, parameters.get("parse_mode"), parameters.get("caption_entities"))
    if len(caption) > CAPTION_AT_MOST:
        raise breach("message caption is too long")
    return caption, entities


def _message_id(parameters: Json) -> int:
    message_id = whole(parameters.get("message_id"), name="message identifier")
    if message_id <= 0:
        raise breach("message identifier is not specified")
    return message_id


def _reply(chat: Chat, reply: object) -> Json:
    wanted = whole(reply.get("message_id"), name="message identifier") if isinstance(reply, dict) else 0
    replied = chat.posts.get(wanted)
    if replied is not None and not replied.deleted:
        inner = replied.wire()
        inner.pop("reply_to_message", None)
        return {"reply_to_message": inner}
    if isinstance(reply, dict) and reply.get("allow_sending_without_reply"):
        return {}
    raise bad_request("message to be replied not found")
