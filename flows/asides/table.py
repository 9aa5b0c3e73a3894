"""Which screen each aside shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from flows.asides.agreed import agreed_text_screen
from flows.asides.arriving import closed_screen, collections_screen, language_screen
from flows.asides.at_the_link import link_closed_screen, link_resting_screen
from flows.asides.code import code_screen
from flows.asides.files import own_copy_screen, receipt_file_screen
from flows.asides.held import my_data_screen
from flows.asides.informing import help_screen, privacy_screen
from flows.asides.invited import why_invited_screen
from flows.asides.leaving import goodbye_screen, leave_all_screen, leave_screen, left_screen, take_back_screen
from flows.asides.moving import moving_screen, places_screen
from flows.asides.other_zone import other_zone_screen
from flows.asides.pausing import cleaned_screen, paused_screen
from flows.asides.paying import pay_screen
from flows.asides.reminding import reminded_screen
from flows.asides.travelling import travelling_screen
from flows.cards import View
from flows.screens import Screen
from flows.session import Aside

ASIDE_SCREENS: Mapping[Aside, Callable[[View], Screen]] = MappingProxyType(
    {
        Aside.COLLECTIONS: collections_screen,
        Aside.CLOSED: closed_screen,
        Aside.OTHER_ZONE: other_zone_screen,
        Aside.HELP: help_screen,
        Aside.PRIVACY: privacy_screen,
        Aside.MY_DATA: my_data_screen,
        Aside.AGREED_TEXT: agreed_text_screen,
        Aside.RECEIPT_FILE: receipt_file_screen,
        Aside.OWN_COPY: own_copy_screen,
        Aside.PLACES: places_screen,
        Aside.MOVING: moving_screen,
        Aside.TRAVELLING: travelling_screen,
        Aside.CODE: code_screen,
        Aside.PAY: pay_screen,
        Aside.LANGUAGE: language_screen,
        Aside.LINK_RESTING: link_resting_screen,
        Aside.LINK_CLOSED: link_closed_screen,
        Aside.PAUSED: paused_screen,
        Aside.CLEANED: cleaned_screen,
        Aside.REMINDED: reminded_screen,
        Aside.WHY_INVITED: why_invited_screen,
        Aside.LEAVE: leave_screen,
        Aside.TAKE_BACK: take_back_screen,
        Aside.LEAVE_ALL: leave_all_screen,
        Aside.LEFT: left_screen,
        Aside.GOODBYE: goodbye_screen,
    }
)
