"""A group of commands that takes what is no command's name for an argument of its most usual one."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

_HELP = frozenset({"--help", "-h"})


class OrCommand(TyperGroup):
    """With no arguments at all it is that command too, unless the group shows its help then."""

    default: str

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  # a context of click
        if self._means_default(args):
            args = [self.default, *args]
        return super().parse_args(ctx, args)

    def _means_default(self, args: list[str]) -> bool:
        if not args:
            return not self.no_args_is_help
        return args[0] not in self.commands and args[0] not in _HELP
