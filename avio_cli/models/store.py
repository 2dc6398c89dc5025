"""Find model files: in folders of the user's, the cache, a package, the network."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from avio_cli.errors import InputError
from avio_cli.models import hub, hub_files
from avio_cli.models.catalog import (
    AUTO_ORDER,
    CATALOG,
    CatalogEntry,
    Weights,
    canonical_name,
    entry_of_file,
)
from avio_cli.models.describe import Model, describe_model
from avio_cli.models.digests import DigestRecord, Verdict
from avio_cli.models.installed import DIGESTS, installed_folder
from avio_cli.models.model_files import model_extension, stem_of
from avio_cli.models.names import (
    file_names,
    files_in,
    is_path,
    not_runnable,
    shown,
    unknown,
)
from avio_cli.models.to_export import TO_EXPORT
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
        installed: weights that a package brought; searched last.
        network: whether files may be downloaded.
    """

    folders: tuple[Path, ...]
    cache: Path
    catalog: Mapping[str, CatalogEntry] = field(default_factory=lambda: CATALOG)
    installed: Path | None = None
    network: bool = True

    @classmethod
    def from_environment(cls, *, network: bool = True) -> "ModelStore":
        """What ``AVIO_MODEL_PATH`` and ``AVIO_CACHE_DIR`` name, and avio-models."""
        named = os.environ.get("AVIO_MODEL_PATH", "").split(os.pathsep)
        cache = os.environ.get("AVIO_CACHE_DIR")
        base = Path(cache) if cache else platformdirs.user_cache_path("avio")
        return cls(
            tuple(Path(name) for name in named if name),
            base / "models",
            installed=installed_folder(),
            network=network,
        )

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
            model: a path, a name, ``hf:owner/repo/file@revision``, or ``auto``.
            formats: file extensions that can be run here, best first.
            device: ``cpu`` or ``cuda``: where ``auto`` is to run.
            progress: called with the progress of a download.

        Raises:
            UsageError: there is no such model.
            InputError: it cannot be downloaded or read.
        """
        path = self.path(model, formats, device=device, progress=progress)
        return describe_model(path)

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
            return found if hub_files.is_hub_name(model) else self._checked(found)
        if is_path(model) and not hub_files.is_hub_name(model):
            raise InputError(f"{shown(model)}: there is no such model file")
        return self.download(model, formats, progress=progress)

    def find(self, model: str, formats: tuple[str, ...]) -> Path | None:
        """Look for a model file without the network.

        Args:
            model: a path, a file name in one of the folders, a name of the catalogue,
                or the name of a user's own file without its extension.
            formats: extensions to look for, best first.

        Raises:
            UsageError: it is a URL.
        """
        if hub_files.is_hub_name(model):
            return hub_files.kept(hub_files.parse_hub_name(model), self.cache)
        names = file_names(model, formats, self.catalog)
        here = (Path(model).expanduser(),) if is_path(model) else ()
        there = (folder / name for folder in self._search_paths() for name in names)
        return next((path for path in (*here, *there) if path.is_file()), None)

    def download(
        self,
        name: str,
        formats: tuple[str, ...],
        *,
        progress: DownloadProgress = no_download_progress,
    ) -> Path:
        """Download a model of the catalogue or of the hub, unless the cache has it.

        Raises:
            UsageError: there is no such model.
            InputError: it is not published in any of the formats, no server answered,
                or the file is wrong.
            OutputError: the cache cannot be written.
        """
        if hub_files.is_hub_name(name):
            wanted = hub_files.parse_hub_name(name)
            if self.find(name, formats) is None:
                self._check_network(name, hub_files.how_to_get(wanted, self.cache))
            return hub.fetch(wanted, self.cache, progress)
        entry = self.entry(name)
        weights = entry.weights_for(formats)
        if weights is None:
            raise not_runnable(entry, formats)
        destination = self.cache / weights.filename
        if destination.is_file():
            return self._checked(destination)
        self._check_network(entry.name, f"avio models download {entry.name}")
        self._fetch(weights, destination, progress)
        return destination

    def entry(self, name: str) -> CatalogEntry:
        """The model of that name.

        Raises:
            UsageError: there is none; the hint names the nearest.
            InputError: it is one that its users export themselves.
        """
        entry = self.catalog.get(canonical_name(name))
        if entry is None and canonical_name(name) in TO_EXPORT:
            raise TO_EXPORT[canonical_name(name)].refusal()
        if entry is None:
            raise unknown(name, self.catalog)
        return entry

    def listings(self, formats: tuple[str, ...]) -> tuple[Listing, ...]:
        """Every model of the catalogue, and its local file."""
        return tuple(
            Listing(entry, path, path is not None or bool(entry.weights_for(formats)))
            for name, entry in self.catalog.items()
            for path in [self.find(name, formats)]
        )

    def own_files(self) -> tuple[Path, ...]:
        """Local model files that the catalogue does not know, in search order."""
        files = (file for folder in self._search_paths() for file in files_in(folder))
        return tuple(
            file
            for file in files
            if entry_of_file(file.name, self.catalog) is None
            and canonical_name(stem_of(file)) not in TO_EXPORT
        )

    def verify(self) -> tuple[Verdict, ...]:
        """Compare all local files that the catalogue knows with their digests."""
        files = (file for folder in self._search_paths() for file in files_in(folder))
        known = (file for file in files if entry_of_file(file.name, self.catalog))
        return (
            *map(self._judge, known),
            *hub_files.verdicts(self.cache),
        )

    def _search_paths(self) -> tuple[Path, ...]:
        last = (self.installed,) if self.installed else ()
        return (*self.folders, self.cache, *last)

    def _check_network(self, name: str, hint: str) -> None:
        if not self.network:
            raise InputError(
                f"{name} is not downloaded, and safe mode opens no network address",
                hint=hint,
            )

    def _record(self) -> DigestRecord:
        return DigestRecord(self.cache / "digests.json")

    def _judge(self, path: Path) -> Verdict:
        entry = entry_of_file(path.name, self.catalog)
        weights = entry.weights_for((model_extension(path),)) if entry else None
        published = weights.sha256 if weights else ""
        if path.parent == self.installed:
            exports = weights.exports if weights else ()
            return DigestRecord(self.installed / DIGESTS).judge_installed(
                path, published, exports
            )
        cached = path.parent == self.cache
        return self._record().judge(path, published, recorded=cached)

    def _checked(self, path: Path) -> Path:
        """Refuse a file of the cache or of a package that has changed."""
        if hub_files.is_kept(path, self.cache):
            if record := hub_files.read_record(path):
                hub_files.check(path, record)
            return path
        if path.parent not in (self.cache, self.installed):
            return path
        verdict = self._judge(path)
        if not verdict.good:
            raise InputError(
                f"{path}: damaged ({verdict.detail})", hint=self.remedy(path)
            )
        return path

    def remedy(self, damaged: Path) -> str:
        """What to do about a damaged file."""
        if damaged.parent == self.installed:
            return "install the wheel of avio-models again"
        return "remove it; it will be downloaded again"

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
