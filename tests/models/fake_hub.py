"""A stand-in for huggingface_hub, with one repository."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NAME = "hf:some/detector/onnx/mine.onnx"


class RepositoryNotFoundError(Exception):
    """As huggingface_hub calls it."""


@dataclass
class FakeHub:
    """What huggingface_hub does for one repository with one file."""

    content: bytes
    sha256: str
    licence: Any = "apache-2.0"
    commit: str = COMMIT
    blob_id: str = "0" * 40
    asked: list[str | None] = field(default_factory=list)
    """Revisions that were asked for, and names of downloaded files."""

    def model_info(
        self, repo_id: str, *, revision: str | None, files_metadata: bool
    ) -> SimpleNamespace:
        assert files_metadata
        self.asked.append(revision)
        if repo_id != "some/detector":
            raise RepositoryNotFoundError("404 Client Error.\n\nRepository Not Found")
        large = SimpleNamespace(sha256=self.sha256) if self.sha256 else None
        files = [
            SimpleNamespace(rfilename="README.md", lfs=None),
            SimpleNamespace(
                rfilename="onnx/mine.onnx", lfs=large, blob_id=self.blob_id
            ),
        ]
        card = SimpleNamespace(license=self.licence, license_name="research-only")
        return SimpleNamespace(sha=self.commit, siblings=files, card_data=card)

    def hf_hub_download(
        self,
        repo_id: str,
        filename: str,
        *,
        revision: str,
        local_dir: Path,
        tqdm_class: Callable[..., Any],
    ) -> str:
        assert (repo_id, revision) == ("some/detector", self.commit)
        self.asked.append(filename)
        place = local_dir / filename
        place.parent.mkdir(parents=True, exist_ok=True)
        with tqdm_class(total=len(self.content), initial=0, desc=filename) as bar:
            place.write_bytes(self.content)
            bar.update(len(self.content))
            bar.refresh()
        return str(place)
