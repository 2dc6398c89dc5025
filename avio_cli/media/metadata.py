"""What the keys of metadata mean, whatever the container that they come from."""

import re
from collections.abc import Iterable, Mapping

from avio_cli.media.info import MediaInfo

MP4_TAGS = frozenset(
    "title artist album album_artist composer date comment genre copyright grouping "
    "lyrics description synopsis show episode_id network keywords episode_sort "
    "season_number media_type hd_video gapless_playback compilation track disc "
    "location creation_time".split()
)
MOV_TAGS = frozenset(
    "title artist album date comment genre copyright make model location "
    "creation_time".split()
)
AVI_TAGS = frozenset("title artist album date comment genre copyright track".split())

_PROGRAM_WRITTEN = frozenset(
    # mp4 and mov
    "major_brand minor_version compatible_brands handler_name vendor_id timecode name "
    # any container
    "encoder encoded_by encoding_tool software duration language alpha_mode rotate "
    # Matroska's statistics, and MPEG's in HLS
    "bps number_of_frames number_of_bytes source_id variant_bitrate "
    # FLV
    "metadatacreator hasvideo hasaudio hasmetadata haskeyframes hascuepoints stereo "
    "canseektoend datasize videosize audiosize filesize lasttimestamp "
    "lastkeyframetimestamp lastkeyframelocation audiodelay videodelay totalframes "
    # MXF
    "uid generation_uid company_name product_name product_version product_uid "
    "application_platform modification_date operational_pattern_ul toolkit_version "
    "material_package_umid file_package_umid reel_umid reel_name "
    # ASF
    "wmfsdkversion wmfsdkneeded isvbr deviceconformancetemplate".split()
)
_PROGRAM_PREFIXES = ("_statistics_", "wm/", "id3v2_priv", "data_type")
_LANGUAGE = re.compile(r"-[a-z]{3}$")
_BRANDS = ("major_brand", "minor_version", "compatible_brands")
CREATION_TIME = "creation_time"

APPLE_KEYS = {
    name: f"com.apple.quicktime.{name}"
    for name in "title artist album author comment description copyright genre".split()
} | {"date": "com.apple.quicktime.year"}
"""What Apple's players call the keys where a file has keys of any name."""
_MOV = frozenset(
    "eng ita spa dan por nor heb jpn ara fin mlt tur urd hin tha kor lit pol hun est "
    "lav rus smi slv bul ukr bel aze kaz uzb kir mol tgk tuk mon pus kur kas snd nep "
    "san mar ben asm guj ori mal kan tam tel sin lao vie ind tgl amh tir orm som swa "
    "kin run nya mlg epo cat lat que grn aym tat uig dzo jav yid alb arm baq bur chi "
    "ces dut fra geo ger gre ice mac may per ron slk tib wel".split()
)
"""What ffmpeg 5.1 and 9.0 write into mov, as Macintosh codes; others get lost."""
_PAIRS = (
    "alb sqi arm hye baq eus bur mya chi zho cze ces dut nld fre fra geo kat ger deu "
    "gre ell ice isl mac mkd mao mri may msa per fas rum ron slo slk tib bod wel cym"
).split()
_OTHER_CODE = dict(
    pair
    for first, second in zip(_PAIRS[::2], _PAIRS[1::2], strict=True)
    for pair in ((first, second), (second, first))
)
"""ISO 639-2 has two codes for each of these languages."""


def plain_key(key: str) -> str:
    """A key in lower case, without the language that some demuxers append."""
    return _LANGUAGE.sub("", key.lower())


def written_by_people(tags: Mapping[str, str]) -> tuple[str, ...]:
    """The keys that describe the content: written by people or by cameras."""
    return tuple(
        key
        for key, value in tags.items()
        if value and not _by_program(plain_key(key)) and not _is_double(key, tags)
    )


def brands(tags: Iterable[str]) -> tuple[str, ...]:
    """The keys that only describe the file that they come from."""
    return tuple(key for key in tags if key.lower() in _BRANDS)


def creation_time(tags: Mapping[str, str]) -> str:
    """When the video was recorded; empty where that is not said."""
    return next((v for k, v in tags.items() if k.lower() == CREATION_TIME), "")


def tags_of_file(info: MediaInfo) -> tuple[Mapping[str, str], int | None]:
    """The metadata of a whole file, and the stream that has it; None: the file.

    Ogg has none for the file: ffmpeg reads them as those of its streams.
    """
    if info.metadata or info.container != "ogg":
        return info.metadata, None
    for stream in info.streams:
        own = {"title": stream.title} if stream.title else {}
        if tags := own | dict(stream.metadata):
            return tags, stream.index
    return {}, None


def language_in(muxer: str, language: str) -> str:
    """The code for a language that a muxer writes; empty where it writes none."""
    if muxer != "mov" or language in _MOV:
        return language
    other = _OTHER_CODE.get(language, "")
    return other if other in _MOV else ""


def _by_program(key: str) -> bool:
    return key in _PROGRAM_WRITTEN or key.startswith(_PROGRAM_PREFIXES)


def _is_double(key: str, tags: Mapping[str, str]) -> bool:
    """Whether the same key is there without a language, too."""
    plain = _LANGUAGE.sub("", key)
    return plain != key and plain in tags
