"""What only BotFather can be told, and what Telegram says of it afterwards."""

from __future__ import annotations

from bot.account import Me

NEW_BOT = (
    "In Telegram, open a chat with @BotFather and send /newbot.",
    "It asks for a name, which people see, and for a username, which has to end in bot.",
    "Then it gives you a token, such as 123456:ABC-DEF. Whoever has it is the bot:",
    "paste it here, where it is not shown, and nowhere else.",
)

GROUPS = (
    "/setprivacy, choose the bot, Enable: it reads nothing in groups.",
    "/setjoingroups, choose the bot, Disable: it talks in private chats alone.",
)

POLICY = (
    "Only BotFather can set the address of your privacy policy:",
    "/mybots, choose the bot, Edit Bot, Edit Privacy Policy, and then an address such as {page}",
    "Without one, the button in the bot's profile shows a general policy of Telegram's.",
    "In the chat, /privacy is answered in each language all the same.",
)


def left_to_do(me: Me) -> list[str]:
    """What BotFather has not been told yet."""
    left = []
    if me.reads_groups:
        left.append("the bot reads what is written in groups; tell BotFather /setprivacy, the bot, Enable")
    if me.joins_groups:
        left.append("the bot can be put into groups; tell BotFather /setjoingroups, the bot, Disable")
    return left
