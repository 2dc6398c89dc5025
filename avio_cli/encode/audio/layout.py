"""Channel layouts: which one an encoder gets, and how the channels get there."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_LAYOUTS = {
    "mono": "FC",
    "stereo": "FL FR",
    "2.1": "FL FR LFE",
    "3.0": "FL FR FC",
    "3.0(back)": "FL FR BC",
    "3.1": "FL FR FC LFE",
    "4.0": "FL FR FC BC",
    "quad": "FL FR BL BR",
    "quad(side)": "FL FR SL SR",
    "4.1": "FL FR FC LFE BC",
    "5.0": "FL FR FC BL BR",
    "5.0(side)": "FL FR FC SL SR",
    "5.1": "FL FR FC LFE BL BR",
    "5.1(side)": "FL FR FC LFE SL SR",
    "6.0": "FL FR FC BC SL SR",
    "6.0(front)": "FL FR FLC FRC SL SR",
    "hexagonal": "FL FR FC BL BR BC",
    "6.1": "FL FR FC LFE BC SL SR",
    "6.1(back)": "FL FR FC LFE BL BR BC",
    "6.1(front)": "FL FR LFE FLC FRC SL SR",
    "7.0": "FL FR FC BL BR SL SR",
    "7.0(front)": "FL FR FC FLC FRC SL SR",
    "7.1": "FL FR FC LFE BL BR SL SR",
    "7.1(wide)": "FL FR FC LFE BL BR FLC FRC",
    "7.1(wide-side)": "FL FR FC LFE FLC FRC SL SR",
    "octagonal": "FL FR FC BL BR BC SL SR",
}
"""The channels of ffmpeg's layouts, in their order (5.1 and 9.0 alike)."""
_CHANNELS = {name: tuple(channels.split()) for name, channels in _LAYOUTS.items()}
_DEFAULTS = ("", "mono", "stereo", "2.1", "4.0", "5.0", "5.1", "6.1", "7.1")
"""What ffmpeg takes for a number of channels without a layout."""
_VORBIS = ("mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1")
_STEREO = ("mono", "stereo")
_DOLBY = (
    *("mono", "stereo", "2.1", "3.0", "3.0(back)", "3.1", "4.0", "4.1"),
    *("quad", "quad(side)", "5.0", "5.0(side)", "5.1", "5.1(side)"),
)
_ENCODERS: dict[str, Sequence[str]] = {
    # Of the others 5.1 writes some so that decoders swap their channels.
    "aac": (*_STEREO, "2.1", "3.0", "3.0(back)", "4.0", "quad", "5.0", "5.1", "7.1"),
    # ffmpeg (5.1 and 9.0) swaps the channels of its 5.0 and 6.1.
    "libopus": tuple(name for name in _VORBIS if name not in ("5.0", "6.1")),
    # It takes any layout, and calls it the one of these with as many channels.
    "libvorbis": _VORBIS,
    "libmp3lame": _STEREO,
    "mp2": _STEREO,
    "ac3": _DOLBY,
    "eac3": _DOLBY,
    "alac": ("mono", "stereo", "3.0", "4.0", "5.0", "5.1", "6.1(back)", "7.1(wide)"),
    "flac": tuple(_LAYOUTS),
}
"""Layouts whose channels come back in their places, with ffmpeg 5.1 and 9.0."""
_TWINS = {"SL": "BL", "SR": "BR", "BL": "SL", "BR": "SR"}
"""Channels at the side and at the back: one is used where a layout lacks the other."""
_LISTED = re.compile(r"\d+ channels \((.+)\)")


@dataclass(frozen=True, slots=True)
class ChannelPlan:
    """How audio gets the channels that an encoder takes."""

    channels: int
    """How many it gets."""
    naming: str = ""
    """A filter that gives unusual channels a usual layout; must come first."""
    fitting: str = ""
    """A filter that rearranges or mixes them for the encoder."""
    any_fitting: str = ""
    """The same for channels that are not known before."""
    mixed: str = ""
    """What is lost by mixing, as a clause; empty: nothing."""

    @property
    def filters(self) -> tuple[str, ...]:
        """Both filters."""
        return tuple(filter(None, (self.naming, self.fitting)))


def plan_channels(
    channels: int, layout: str, encoder: str, most: int | None = None
) -> ChannelPlan:
    """Choose the layout for an encoder: one that holds all channels, or a mix.

    Args:
        channels: of the source.
        layout: ffmpeg's name of the source's layout; empty for none.
        encoder: ffmpeg's name; all layouts of an unknown one are left as they are.
        most: the highest number of channels that is wanted.
    """
    name, naming = _usual_layout(channels, layout)
    taken = [
        other
        for other in _ENCODERS.get(encoder, _CHANNELS)
        if most is None or len(_CHANNELS[other]) <= most
    ]
    untouched = encoder not in _ENCODERS and (most is None or channels <= most)
    if name in taken or untouched or not channels:
        return ChannelPlan(channels, naming)
    any_fitting = f"aformat=channel_layouts={'|'.join(taken)}"
    there = _CHANNELS.get(name) or _listed_channels(layout)
    if there and (found := next(_holders(there, taken), None)):
        return ChannelPlan(len(_CHANNELS[found[0]]), naming, found[1], any_fitting)
    target = _mix_target(channels, taken)
    shown = layout or f"{channels} channels"
    mixed = f"{shown} is mixed to {target}: {encoder} takes no such layout"
    if most is not None and most < channels:
        mixed = f"{shown} is mixed to {target}, as the preset says"
    fitting = f"aformat=channel_layouts={target}"
    if not there and not (layout or channels < len(_DEFAULTS)):
        fitting = _blind_mix(channels, target)
    return ChannelPlan(len(_CHANNELS[target]), naming, fitting, any_fitting, mixed)


def usual_layout(channels: int, layout: str) -> str:
    """The name of a layout that filters take, for any source; never ``(side)``.

    6 channels of 5.1(side) are those of 5.1 under a name that libopus refuses.
    """
    name, _ = _usual_layout(channels, layout)
    plain = name.removesuffix("(side)")
    if plain in _CHANNELS:
        return plain
    return _DEFAULTS[channels] if channels < len(_DEFAULTS) else f"{channels}c"


def naming_filter(channels: int, layout: str) -> str:
    """The filter that gives a source its `usual_layout`; empty where it has one."""
    return _usual_layout(channels, layout)[1]


def _usual_layout(channels: int, layout: str) -> tuple[str, str]:
    """The layout as which a source is treated, and the filter that names it so.

    A single channel is mono, whatever its tag: editors write tracks for left and right.
    """
    if channels == 1:
        return "mono", "" if layout in ("", "mono") else "pan=mono|c0=c0"
    if layout == "downmix":  # stereo with names of its own
        return "stereo", "pan=stereo|c0=c0|c1=c1"
    if not layout and channels < len(_DEFAULTS):
        return _DEFAULTS[channels], ""  # ffmpeg takes it for that, too
    return layout, ""


def _listed_channels(layout: str) -> tuple[str, ...]:
    """``4 channels (FL+FR+TFL+TFR)``: a layout that has no name."""
    match = _LISTED.fullmatch(layout)
    return tuple(match[1].split("+")) if match else ()


def _holders(there: Sequence[str], taken: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Layouts that hold all channels, the smallest first, with the filter for each."""
    for name in sorted(taken, key=lambda other: len(_CHANNELS[other])):
        places = _places(there, _CHANNELS[name])
        if places is not None:
            moves = "|".join(f"{to}={source}" for source, to in places.items())
            yield name, f"pan={name}|{moves}"


def _places(there: Sequence[str], held: Sequence[str]) -> dict[str, str] | None:
    """Where each channel goes; None where one has no place of its own."""
    places = {channel: channel for channel in there if channel in held}
    for channel in there:
        twin = _TWINS.get(channel, "")
        if channel not in places and twin in held and twin not in places.values():
            places[channel] = twin
    return places if len(places) == len(there) else None


def _mix_target(channels: int, taken: Sequence[str]) -> str:
    """The layout with most of the channels, and not more; the usual one of those."""
    counts = [len(_CHANNELS[name]) for name in taken]
    count = max(n for n in counts if n <= channels)
    usual = _DEFAULTS[count]
    names = [name for name in taken if len(_CHANNELS[name]) == count]
    return usual if usual in names else names[0]


def _blind_mix(channels: int, target: str) -> str:
    """Mix channels of which nothing is known: in turn into each of the target's.

    ffmpeg 5.1 cannot mix them by itself.
    """
    count = len(_CHANNELS[target])
    sums = [
        "+".join(f"{1 / len(group):.4f}*c{n}" for n in group)
        for first in range(count)
        if (group := range(first, channels, count))
    ]
    return f"pan={target}|" + "|".join(f"c{i}={s}" for i, s in enumerate(sums))
