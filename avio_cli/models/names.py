"""Names of models: paths, names of the catalogue, and the files they stand for."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from avio_cli.errors import InputError, UsageError, did_you_mean
from avio_cli.models.catalog import CatalogEntry, canonical_name
from avio_cli.models.checkpoint import INSTALL
from avio_cli.models.model_files import MODEL_EXTENSIONS, model_extension
from avio_cli.models.to_export import TO_EXPORT

# Two characters at least: C:/models is a folder of Windows.
_SCHEME = r"[A-Za-z][\w+.-]+:"
_URL = re.compile(rf"(?!hf:){_SCHEME}/")
# A password may hold any character, so all up to the last @ is hidden; a revision of
# the hub (hf:owner/repo/file@main) has neither a colon nor an @ before its first slash.
_USER_INFO = re.compile(rf"^({_SCHEME}/*)(?:[^/@]*@|[^@/]*:.*@)", re.DOTALL)
_QUERY = re.compile(rf"^({_SCHEME}[^?#]*[?#]).*", re.DOTALL)


def shown(model: str) -> str:
    """A name as it may be printed: of a URL neither user and password nor query."""
    return _QUERY.sub(r"\1***", _USER_INFO.sub(r"\1***@", model))


def refuse_url(model: str) -> None:
    """Refuse an address: nothing is fetched from one.

    Raises:
        UsageError: it is one.
    """
    if _URL.match(model):
        raise UsageError(
            f"{shown(model)}: a model is a file or a name, not a URL",
            hint="download the file and name it; hf:OWNER/REPOSITORY/FILE is fetched",
        )


def file_names(
    model: str, formats: tuple[str, ...], catalog: Mapping[str, CatalogEntry]
) -> tuple[str, ...]:
    """Names that a model's file may have in a folder, in order of preference.

    Args:
        model: a path, a name of the catalogue, or the name of a user's own file
            without its extension.
        formats: extensions to look for, best first.
        catalog: the models known by name.

    Raises:
        UsageError: it is a URL.
    """
    refuse_url(model)
    entry = catalog.get(canonical_name(model))
    if entry is not None:
        return entry.filenames(formats)
    if is_path(model):
        return (model,)
    stems = dict.fromkeys((model, *_spellings(model)))
    return tuple(stem + end for end in formats for stem in stems)


def _spellings(name: str) -> tuple[str, ...]:
    """How a file of a model to export may be called, besides the name itself."""
    known = canonical_name(name)
    return (known, known.replace("-", "_")) if known in TO_EXPORT else ()


def is_path(model: str) -> bool:
    """Whether a model is a path, or the name of a file with its extension."""
    return bool(model_extension(Path(model))) or len(Path(model).parts) > 1


def files_in(folder: Path) -> Iterable[Path]:
    """The model files in a folder, by name; none where there is no such folder."""
    if not folder.is_dir():
        return ()
    return sorted(path for path in folder.iterdir() if model_extension(path))


def not_runnable(entry: CatalogEntry, formats: tuple[str, ...]) -> InputError:
    """The error of a model that is not published in the formats that can be run."""
    published = ", ".join(weights.filename for weights in entry.weights)
    return InputError(
        f"{entry.name} is published only as {published}, and this installation runs "
        f"only {', '.join(formats)}",
        hint=f"{INSTALL} opens checkpoints; or choose one of the yolox models",
    )


def unknown(name: str, catalog: Mapping[str, CatalogEntry]) -> UsageError:
    """The error of a name that no model has; the hint names the nearest.

    Raises:
        UsageError: it is a URL.
    """
    refuse_url(name)
    if Path(name).is_file():
        return UsageError(
            f"{name} is no model file",
            hint=f"known extensions: {', '.join(MODEL_EXTENSIONS)}",
        )
    others = {"auto", "motion"} - {name}  # it may be no model of its own here
    known = did_you_mean(name, [*catalog, *TO_EXPORT, *sorted(others)])
    return UsageError(
        f"unknown model {shown(name)!r}",
        hint=f"{known} (or the path of a model file)",
    )
