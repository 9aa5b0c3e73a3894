"""The Bot API: which method does what, and the way of a call from its parameters to its answer."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

from bot.sandbox import contract
from bot.sandbox.calls import Call
from bot.sandbox.chats import Chat
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.limits import Limits
from bot.sandbox.messages import Messages, Uploads
from bot.sandbox.profile import ProfileMethods
from bot.sandbox.refusals import Refused, bad_request, breach, not_found, too_many_requests
from bot.sandbox.service import Service
from bot.sandbox.updates import whole
from bot.sandbox.webhook import CONNECTIONS, Webhook

Json = dict[str, Any]
Handler = Callable[[Json, Uploads], Any]


@dataclass(frozen=True, slots=True)
class Described:
    """A result that Telegram says a few words about."""

    result: Any
    description: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. `lost` is true where a fault takes the connection away instead."""

    status: int
    body: Json
    lost: bool = False


_LOST: Final = Answer(0, {}, lost=True)
_ERRORS: Final = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}


class Api:
    def __init__(self, service: Service, faults: Faults, limits: Limits, first_retry: float) -> None:
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.webhook = Webhook(service.updates, service.clock, self._call_in_reply, first_retry)
        self._service = service
        self._faults = faults
        self._limits = limits
        self._handlers = {name.lower(): handler for name, handler in self._table().items()}

    def _table(self) -> dict[str, Handler]:
        messages = Messages(self._service)
        profile = ProfileMethods(self._service.profile, lambda: self._service.publish({"type": "profile"}))
        return {
            "getMe": self._get_me,
            "getUpdates": self._get_updates,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": lambda *_: self.webhook.info(),
            "sendMessage": messages.send_message,
            "sendDocument": messages.send_document,
            "sendPhoto": messages.send_photo,
            "sendVoice": messages.send_voice,
            "sendChatAction": messages.chat_action,
            "editMessageText": messages.edit_text,
            "editMessageCaption": messages.edit_caption,
            "editMessageReplyMarkup": messages.edit_markup,
            "deleteMessage": messages.delete,
            "deleteMessages": messages.delete_many,
            "answerCallbackQuery": messages.answer_callback,
            "getFile": self._get_file,
            "getChat": self._get_chat,
            "leaveChat": self._leave_chat,
            "setMyCommands": profile.set_commands,
            "getMyCommands": profile.get_commands,
            "deleteMyCommands": profile.delete_commands,
            "setMyName": profile.setter("name"),
            "getMyName": profile.getter("name"),
            "setMyDescription": profile.setter("description"),
            "getMyDescription": profile.getter("description"),
            "setMyShortDescription": profile.setter("short_description"),
            "getMyShortDescription": profile.getter("short_description"),
            "setChatMenuButton": profile.set_menu_button,
            "getChatMenuButton": profile.get_menu_button,
            "logOut": lambda *_: True,
            "close": lambda *_: True,
        }

    # The way of a call.

    async def serve(self, name: str, parameters: Json, uploads: Uploads) -> Answer:
        method = contract.METHODS.get(name.lower())
        if method is None:
            return self._refuse_unknown(name, parameters)
        call = self._record(method, parameters)
        if call.violations:
            # What came as text is read as Telegram would read it: every parameter is text to it.
            call.parameters = parameters = contract.decode_strings(method, parameters)
        chat = self._chat_of(parameters)
        if chat is not None and method != "getUpdates":
            chat.activity.call_begins()
        try:
            return await self._through_faults(call, uploads, chat)
        finally:
            if chat is not None and method != "getUpdates":
                chat.activity.call_ends()
            self._service.publish({"type": "call", "call": call})

    def _record(self, method: str, parameters: Json) -> Call:
        found = contract.violations(method, parameters)
        call = Call(len(self.calls) + 1, method, parameters, self._service.clock(), violations=found)
        self.calls.append(call)
        self.violations += found
        return call

    def _refuse_unknown(self, name: str, parameters: Json) -> Answer:
        words = f"{name}: no such method"
        call = Call(len(self.calls) + 1, name, parameters, self._service.clock(), error="Not Found", violations=[words])
        self.calls.append(call)
        self.violations.append(words)
        self._service.publish({"type": "call", "call": call})
        return _refusal(not_found())

    def _chat_of(self, parameters: Json) -> Chat | None:
        if (chat_id := parameters.get("chat_id")) is not None:
            return self._service.chats.find(chat_id)
        return self._service.callback_chat(parameters.get("callback_query_id"))

    async def _through_faults(self, call: Call, uploads: Uploads, chat: Chat | None) -> Answer:
        # The answer to a press names no chat, and is about one.
        chat_id = chat.id if chat is not None else call.parameters.get("chat_id")
        if seconds := self._faults.delay(call.method, chat_id):
            call.faults.append("slow")
            await asyncio.sleep(seconds)
        fault = self._faults.due(call.method, chat_id)
        if fault is None:
            return await self._carry_out(call, uploads)
        call.faults.append(fault.kind)
        if fault.kind == "cut_after":
            await self._carry_out(call, uploads)
            return _LOST
        return _faulted(call, fault)

    async def _carry_out(self, call: Call, uploads: Uploads) -> Answer:
        try:
            result = await self._result(call, uploads)
        except Refused as refused:
            call.error = refused.description
            if refused.contract and not call.violations:
                call.violations.append(f"{call.method}: {refused.description}")
                self.violations.append(call.violations[-1])
            return _refusal(refused)
        if isinstance(result, Described):
            call.result = result.result
            return Answer(200, {"ok": True, "result": result.result, "description": result.description})
        call.result = result
        return Answer(200, {"ok": True, "result": result})

    async def _result(self, call: Call, uploads: Uploads) -> object:
        handler = self._handlers.get(call.method.lower())
        if handler is None:
            raise breach(f"the sandbox has not built {call.method}")
        self._limits.admit(call.method, call.parameters.get("chat_id"))
        try:
            result = handler(call.parameters, uploads)
        except (AttributeError, KeyError, TypeError, ValueError):
            if not call.violations:
                raise
            # Values of the wrong type, seen and noted by the contract.
            raise bad_request("can't parse the parameters") from None
        return await result if isinstance(result, Coroutine) else result

    async def _call_in_reply(self, method: str, parameters: Json) -> None:
        await self.serve(method, parameters, {})

    # Methods about the bot, its updates and its chats.

    def _get_me(self, _: Json, __: Uploads) -> Json:
        return {
            **self._service.bot_wire(),
            "can_join_groups": self._service.profile.joins_groups,
            "can_read_all_group_messages": self._service.profile.reads_groups,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
            "has_topics_enabled": False,
            "allows_users_to_create_topics": False,
            "can_manage_bots": False,
        }

    async def _get_updates(self, parameters: Json, _: Uploads) -> list[Json]:
        return await self._service.updates.poll(
            whole(parameters.get("offset"), name="offset"),
            whole(parameters.get("limit"), name="limit", default=100),
            whole(parameters.get("timeout"), name="timeout"),
            parameters.get("allowed_updates"),
        )

    async def _set_webhook(self, parameters: Json, uploads: Uploads) -> Described:
        url = str(parameters.get("url") or "")
        if not url:
            return await self._delete_webhook(parameters, uploads)
        connections = whole(parameters.get("max_connections"), name="max_connections", default=CONNECTIONS)
        connections = max(1, min(100, connections))
        secret = str(parameters.get("secret_token") or "")
        self._before_webhook(parameters)
        if self.webhook.is_set(url, secret, connections) and not parameters.get("drop_pending_updates"):
            return Described(result=True, description="Webhook is already set")
        await self.webhook.set(url, secret, connections)
        return Described(result=True, description="Webhook was set")

    async def _delete_webhook(self, parameters: Json, _: Uploads) -> Described:
        was_set = bool(self.webhook.url)
        await self.webhook.stop()
        self._before_webhook(parameters)
        return Described(result=True, description="Webhook was deleted" if was_set else "Webhook is already deleted")

    def _before_webhook(self, parameters: Json) -> None:
        self._service.updates.allow(parameters.get("allowed_updates"))
        if parameters.get("drop_pending_updates"):
            self._service.updates.forget_all()

    def _get_file(self, parameters: Json, _: Uploads) -> Json:
        stored = self._service.files.by_id(str(parameters.get("file_id")))
        if stored is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        return {**stored.wire(), "file_path": stored.path}

    def _get_chat(self, parameters: Json, _: Uploads) -> Json:
        chat = self._service.chats.find(parameters.get("chat_id"))
        if chat is None or (chat.person is not None and not chat.person.started and not chat.person.met):
            raise bad_request("chat not found")
        gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
        return {
            **chat.wire(),
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(gifts, False),
        }

    def _leave_chat(self, parameters: Json, _: Uploads) -> bool:
        chat = self._service.chats.reachable(parameters.get("chat_id"))
        if chat.kind == "private":
            raise bad_request("chat member status can't be changed in private chats")
        chat.bot_inside = False
        return True


def _refusal(refused: Refused) -> Answer:
    return Answer(refused.code, refused.envelope())


def _faulted(call: Call, fault: Fault) -> Answer:
    if fault.kind == "cut_before":
        call.error = "connection cut before it was done"
        return _LOST
    if fault.kind == "too_many_requests":
        refused = too_many_requests(fault.retry_after)
    else:
        refused = Refused(fault.code, _ERRORS.get(fault.code, "Internal Server Error"))
    call.error = refused.description
    return _refusal(refused)
