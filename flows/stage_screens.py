"""Which screen each stage shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from flows.asking_again import renew_screen
from flows.cards import (
    View,
    card_screen,
    decide_screen,
    place_screen,
    review_screen,
    thanks_screen,
)
from flows.question_cards import question_screen
from flows.screens import Screen
from flows.session import Stage

STAGE_SCREENS: Mapping[Stage, Callable[[View], Screen]] = MappingProxyType(
    {
        Stage.PLACE: place_screen,
        Stage.CARDS: card_screen,
        Stage.DECIDE: decide_screen,
        Stage.RENEW: renew_screen,
        Stage.QUESTION: question_screen,
        Stage.REVIEW: review_screen,
        Stage.THANKS: thanks_screen,
    }
)
