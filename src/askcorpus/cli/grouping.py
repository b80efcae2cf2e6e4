"""Groups of commands: the help's order, and a group whose first word may be an argument.

May import: typer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from typer.core import TyperGroup

_NAMED = "askcorpus.names-a-command"


class RunByDefault(TyperGroup):
    """A group that is a command as well: `eval FILE --json` runs it, `eval lint FILE` a part.

    The first word decides. Where it is the name of a command, the group's own arguments are
    not looked for; everything else is the group's own command line. Typer keeps the type of a
    context to itself, hence `Any`.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401
        """Read the line as one of a command below, or as the group's own."""
        ctx.meta[_NAMED] = bool(args) and args[0] in self.commands
        if not ctx.meta[_NAMED]:
            ctx.allow_interspersed_args = True
            ctx.allow_extra_args = False
        return super().parse_args(ctx, args)

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401
        """Give the group's own options, and its arguments where it is run itself."""
        params = super().get_params(ctx)
        if not ctx.meta.get(_NAMED):
            return params
        return [param for param in params if param.param_type_name != "argument"]


def in_order(names: Sequence[str]) -> type[TyperGroup]:
    """Give a group whose commands come in this order; typer puts groups behind commands."""

    class InOrder(TyperGroup):
        def __init__(self, *, commands: Mapping[str, Any], **rest: Any) -> None:  # noqa: ANN401
            super().__init__(commands={name: commands[name] for name in names}, **rest)

    return InOrder
