"""Commands whose help lists options by topic, and groups that know synonyms."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from typer.core import TyperCommand, TyperGroup

from avio_cli.cli.usage.mistakes import unknown_command

if TYPE_CHECKING:
    from typer._click import Command as ClickCommand
    from typer._click import Context, HelpFormatter


PANELS: Mapping[str, str] = {
    "Batch": "out ext base jobs part plan_only retries retry_failed hash_content "
    "read_results",
    "Ray": "ray ray_option cpus gpus",
    "Results": "output records records_format save_detections crops overlay report "
    "embed display stats bench resume as_json as_report packets sequence rules "
    "list_",
    "Time range": "start end duration at exact",
    "Live sources": "timeout latency segment keep clock_aligned",
    "Events and metrics": "on_event metrics serve",
    "Conversion": "preset copy encode to read_as write_as video tolerance",
    "Video": "video_codec quality width height upscale fps encoder_option vf "
    "deinterlace tone_map video_track hwaccel",
    "Audio": "audio_codec af",
    "Streams": "no_video no_audio no_subtitles audio_track subtitle_track audio_lang "
    "sub_track sub_lang sub_file",
    "Window": "fullscreen size hud hud_class exit_at_end",
    "Playback": "speed volume mute loop image_duration low_latency ignore_pts",
    "Recording": "record record_dir pre_roll",
    "Detection": "model trt runtime device fp16 input_size batch decoded workers "
    "classes conf nms stride shards detections",
    "Tracking": "tracker tracker_option camera_motion lag refine reid reid_gap "
    "class_vote min_length compact_ids tracks",
    "Drawing and counting": "draw no_draw line zone",
    "Python": "callback callback_arg script",
    "Safety": "verify dry_run allow_damaged max_pixels safe force",
    "Messages": "progress quiet verbose help",
}
"""Topics of options in the order of the help, and the parameters of each."""
_METAVARS = {"<str>": "TEXT", "<int range>": "N", "<float range>": "X", "<int>": "N"}
_RANGE = re.compile(r"(\d+)<=x<=(\d+)")


class Command(TyperCommand):
    """A command whose help has a heading for each topic of options."""

    def collect_usage_pieces(self, ctx: "Context") -> list[str]:
        """Names of arguments, without the braces that Typer adds."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Write arguments and options."""
        for heading, rows in _sections(self, ctx).items():
            with formatter.section(heading):
                formatter.write_dl(rows)


class Group(TyperGroup):
    """Commands: an unknown one is answered by what it may have meant."""

    def resolve_command(
        self, ctx: "Context", args: list[str]
    ) -> "tuple[str | None, ClickCommand | None, list[str]]":
        """Find a command.

        Raises:
            UsageError: there is none of that name; the hint says what was meant.
        """
        name = args[0]
        known = name in self.commands or name.startswith("-")
        if not known and not ctx.resilient_parsing:
            raise unknown_command(ctx.command_path, name, [*self.commands])
        return super().resolve_command(ctx, args)


def _sections(
    command: TyperCommand, context: "Context"
) -> "dict[str, list[tuple[str, str]]]":
    """Headings and the rows below them."""
    of_panel = {name: panel for panel, text in PANELS.items() for name in text.split()}
    sections: dict[str, list[tuple[str, str]]] = {"Arguments": []}
    sections |= {panel: [] for panel in PANELS} | {"Options": []}
    for parameter in command.get_params(context):
        panel = of_panel.get(parameter.name or "", "Options")
        if parameter.param_type_name == "argument":
            panel = "Arguments"
        if record := parameter.get_help_record(context):
            sections[panel].append(_readable(*record))
    return {heading: rows for heading, rows in sections.items() if rows}


def _readable(names: str, text: str) -> tuple[str, str]:
    for typed, shown in _METAVARS.items():
        names = names.replace(typed, shown)
    return names, _RANGE.sub(r"\1 to \2", text)
