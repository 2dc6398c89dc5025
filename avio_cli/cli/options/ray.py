"""Options of what runs on a Ray cluster."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from avio_cli.cli.options.detection import given_options, refuse
from avio_cli.errors import UsageError

if TYPE_CHECKING:
    from avio_cli.cluster import RayOptions

RayAddress = Annotated[
    str,
    typer.Option(
        "--ray",
        metavar="ADDRESS",
        help="Run it on a Ray cluster with the same files; local: start one.",
    ),
]
RayOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY=VALUE",
        help="For ray.init; the value may be JSON. May be repeated.",
    ),
]
Cpus = Annotated[
    float, typer.Option(min=0, metavar="X", help="CPU cores a task declares to Ray.")
]
Gpus = Annotated[
    float, typer.Option(min=0, metavar="X", help="GPUs a task declares, also 0.5.")
]


def ray_options(context: typer.Context) -> "RayOptions | None":
    """The cluster that is asked for; None for none.

    Raises:
        UsageError: options of Ray without it, or one is not key=value.
    """
    params, given = context.params, dict(given_options(context))
    if not params["ray"]:
        names = {"ray_option", "cpus", "gpus"}
        refuse(given, names, "it is of Ray", "--ray ADDRESS or --ray local")
        return None
    from avio_cli.cluster import RayOptions

    init = parse_init(params["ray_option"] or [])
    return RayOptions(params["ray"], params["cpus"], params["gpus"], init)


def parse_init(texts: Sequence[str]) -> dict[str, Any]:
    """Arguments of ``ray.init`` as they are typed: ``key=value``, which may be JSON.

    Raises:
        UsageError: one is not.
    """
    parsed: dict[str, Any] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not (equals and key.isidentifier()):
            raise UsageError(f"--ray-option {text!r} is not key=value")
        try:
            parsed[key] = json.loads(value)
        except ValueError:
            parsed[key] = value
    return parsed
