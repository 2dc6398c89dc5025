"""Find model files: in the user's folders, then the cache, then the network."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from avio_cli.errors import InputError, UsageError, did_you_mean
from avio_cli.models.catalog import (
    AUTO_ORDER,
    CATALOG,
    CatalogEntry,
    Weights,
    canonical_name,
    entry_of_file,
)
from avio_cli.models.describe import Model, describe
from avio_cli.models.digests import DigestRecord, Verdict
from avio_cli.models.model_files import model_extension
from avio_cli.progress import DownloadProgress, no_download_progress


@dataclass(frozen=True, slots=True)
class Listing:
    """One line of ``avio models list``."""

    entry: CatalogEntry
    path: Path | None
    """The local file; None where it must be downloaded."""
    available: bool
    """Whether it is available in a format that can be run here."""


@dataclass(frozen=True, slots=True)
class ModelStore:
    """Find model files, and download those that are known by name.

    Args:
        folders: searched first, in this order; never written to.
        cache: where downloads go; created when first needed.
        catalog: the models known by name.
    """

    folders: tuple[Path, ...]
    cache: Path
    catalog: Mapping[str, CatalogEntry] = field(default_factory=lambda: CATALOG)

    @classmethod
    def from_environment(cls) -> "ModelStore":
        """The folders of ``AVIO_MODEL_PATH``, and the cache of ``AVIO_CACHE_DIR``."""
        named = os.environ.get("AVIO_MODEL_PATH", "").split(os.pathsep)
        cache = os.environ.get("AVIO_CACHE_DIR")
        base = Path(cache) if cache else platformdirs.user_cache_path("avio")
        return cls(tuple(Path(name) for name in named if name), base / "models")

    def open(
        self,
        model: str,
        formats: tuple[str, ...],
        *,
        device: str = "cpu",
        progress: DownloadProgress = no_download_progress,
    ) -> Model:
        """Find or download a model, and get its spec.

        Args:
            model: a path, a name, or ``auto``.
            formats: file extensions that can be run here, best first.
            device: ``cpu`` or ``cuda``: where ``auto`` is to run.
            progress: called with the progress of a download.

        Raises:
            UsageError: there is no such model.
            InputError: it cannot be downloaded or read.
        """
        path = self.path(model, formats, device=device, progress=progress)
        return Model(path, describe(path))

    def path(
        self,
        model: str,
        formats: tuple[str, ...],
        *,
        device: str = "cpu",
        progress: DownloadProgress = no_download_progress,
    ) -> Path:
        """Find or download a model file; arguments and errors are those of `open`."""
        if model == "auto":
            return self._automatic(formats, device, progress)
        found = self.find(model, formats)
        if found is not None:
            return self._checked(found)
        if _is_path(model):
            raise InputError(f"{model}: there is no such model file")
        return self.download(model, formats, progress=progress)

    def find(self, model: str, formats: tuple[str, ...]) -> Path | None:
        """Look for a model file without the network.

        Args:
            model: a path, a file name in one of the folders, a name of the catalogue,
                or the name of a user's own file without its extension.
            formats: extensions to look for, best first.
        """
        entry = self.catalog.get(canonical_name(model))
        names: tuple[str, ...] = (model,)
        if entry is not None:
            names = entry.filenames(formats)
        elif not _is_path(model):
            names = tuple(model + extension for extension in formats)
        here = (Path(model).expanduser(),) if _is_path(model) else ()
        there = (folder / name for folder in self._search_paths() for name in names)
        return next((path for path in (*here, *there) if path.is_file()), None)

    def download(
        self,
        name: str,
        formats: tuple[str, ...],
        *,
        progress: DownloadProgress = no_download_progress,
    ) -> Path:
        """Download a model of the catalogue into the cache, unless it is there.

        Raises:
            UsageError: there is no such model.
            InputError: it is not published in any of the formats, no server answered,
                or the file is wrong.
            OutputError: the cache cannot be written.
        """
        entry = self.entry(name)
        weights = entry.weights_for(formats)
        if weights is None:
            raise _not_runnable(entry, formats)
        destination = self.cache / weights.filename
        if destination.is_file():
            return self._checked(destination)
        self._fetch(weights, destination, progress)
        return destination

    def entry(self, name: str) -> CatalogEntry:
        """The model of that name.

        Raises:
            UsageError: there is none; the hint names the nearest.
        """
        entry = self.catalog.get(canonical_name(name))
        if entry is None:
            known = did_you_mean(name, [*self.catalog, "auto", "motion"])
            raise UsageError(
                f"unknown model {name!r}",
                hint=f"{known}; or give the path of a model file",
            )
        return entry

    def listings(self, formats: tuple[str, ...]) -> tuple[Listing, ...]:
        """Every model of the catalogue, and its local file."""
        return tuple(
            Listing(entry, path, path is not None or bool(entry.weights_for(formats)))
            for name, entry in self.catalog.items()
            for path in [self.find(name, formats)]
        )

    def verify(self) -> tuple[Verdict, ...]:
        """Compare all local files that the catalogue knows with their digests."""
        files = (file for folder in self._search_paths() for file in _files(folder))
        known = (file for file in files if entry_of_file(file.name, self.catalog))
        return tuple(map(self._judge, known))

    def _search_paths(self) -> tuple[Path, ...]:
        return (*self.folders, self.cache)

    def _record(self) -> DigestRecord:
        return DigestRecord(self.cache / "digests.json")

    def _judge(self, path: Path) -> Verdict:
        entry = entry_of_file(path.name, self.catalog)
        weights = entry.weights_for((model_extension(path),)) if entry else None
        return self._record().judge(
            path,
            weights.sha256 if weights else "",
            recorded=path.parent == self.cache,
        )

    def _checked(self, path: Path) -> Path:
        """Refuse a file of the cache that has changed."""
        if path.parent == self.cache:
            verdict = self._judge(path)
            if not verdict.good:
                raise InputError(
                    f"{path}: damaged ({verdict.detail})",
                    hint="remove it; it will be downloaded again",
                )
        return path

    def _automatic(
        self, formats: tuple[str, ...], device: str, progress: DownloadProgress
    ) -> Path:
        names = [name for name in AUTO_ORDER[device] if name in self.catalog]
        for name in names:
            if found := self.find(name, formats):
                return self._checked(found)
        published = [name for name in names if self.catalog[name].weights_for(formats)]
        if not published:
            raise InputError(
                f"no known model is published as {' or '.join(formats) or 'anything'}",
                hint="name a model file with --model",
            )
        return self.download(published[0], formats, progress=progress)

    def _fetch(
        self, weights: Weights, destination: Path, progress: DownloadProgress
    ) -> None:
        """Download from the first address that has the file."""
        from avio_cli.models.download import download  # HTTP and TLS: seldom needed

        failure: InputError | None = None
        for address in weights.addresses:
            try:
                digest = download(
                    address, destination, sha256=weights.sha256, progress=progress
                )
            except InputError as error:
                failure = error
            else:
                self._record().remember(destination, digest)
                return
        if failure is not None:
            raise InputError(
                f"{weights.filename} cannot be downloaded: {failure.message}",
                hint=f"put the file into {self.cache}, or track motion without a "
                "model: --model motion",
            ) from failure


def _is_path(model: str) -> bool:
    return bool(model_extension(Path(model))) or len(Path(model).parts) > 1


def _files(folder: Path) -> Iterable[Path]:
    if not folder.is_dir():
        return ()
    return sorted(path for path in folder.iterdir() if model_extension(path))


def _not_runnable(entry: CatalogEntry, formats: tuple[str, ...]) -> InputError:
    published = ", ".join(weights.filename for weights in entry.weights)
    return InputError(
        f"{entry.name} is published only as {published}, and this installation runs "
        f"only {', '.join(formats)}",
        hint='pip install "avio-cli[torch]" opens checkpoints; or choose one of the '
        "yolox models",
    )
