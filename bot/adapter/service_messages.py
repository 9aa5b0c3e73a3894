"""Service messages: Telegram's own word of what was done to a chat, such as pinning something. Nobody has said a word.

The table holds the fields of Message which the Bot API calls service messages (core.telegram.org/bots/api#message, as
of Bot API 10.1, June 11, 2026), and those that it does not call so and that TDLib, on which its server is built, takes
for one (`is_service_message_content` in td/telegram/MessageContentType.cpp): members who come and go, a group's title,
picture and migration, pinning, a website that was logged in to, and passport data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SERVICE_MESSAGES = frozenset(
    {
        "boost_added",
        "channel_chat_created",
        "chat_background_set",
        "chat_owner_changed",
        "chat_owner_left",
        "chat_shared",
        "checklist_tasks_added",
        "checklist_tasks_done",
        "connected_website",
        "delete_chat_photo",
        "direct_message_price_changed",
        "forum_topic_closed",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_reopened",
        "general_forum_topic_hidden",
        "general_forum_topic_unhidden",
        "gift",
        "gift_upgrade_sent",
        "giveaway_completed",
        "giveaway_created",
        "group_chat_created",
        "left_chat_member",
        "managed_bot_created",
        "message_auto_delete_timer_changed",
        "migrate_from_chat_id",
        "migrate_to_chat_id",
        "new_chat_members",
        "new_chat_photo",
        "new_chat_title",
        "paid_message_price_changed",
        "passport_data",
        "pinned_message",
        "poll_option_added",
        "poll_option_deleted",
        "proximity_alert_triggered",
        "refunded_payment",
        "successful_payment",
        "suggested_post_approval_failed",
        "suggested_post_approved",
        "suggested_post_declined",
        "suggested_post_paid",
        "suggested_post_refunded",
        "supergroup_chat_created",
        "unique_gift",
        "users_shared",
        "video_chat_ended",
        "video_chat_participants_invited",
        "video_chat_scheduled",
        "video_chat_started",
        "web_app_data",
        "write_access_allowed",
    }
)


def is_service_message(message: Mapping[str, Any]) -> bool:
    """Whether a message is Telegram's own, and nothing that somebody has written or sent."""
    return not SERVICE_MESSAGES.isdisjoint(message)
