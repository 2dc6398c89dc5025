import hashlib
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from avio_cli.errors import InputError, OutputError
from avio_cli.models.download import UnreachableError, download
from tests.models.file_server import FileServer, serving


def fetch(server: FileServer, target: Path, *, sha256: str = "") -> str:
    return download(server.address(), target, sha256=sha256, pause=0.01)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".downloading"}


def test_a_file_arrives_whole_and_alone(server: FileServer, tmp_path: Path) -> None:
    target = tmp_path / "new" / "model.onnx"
    assert fetch(server, target) == digest(server.content)
    assert target.read_bytes() == server.content
    assert names(target.parent) == {"model.onnx"}


def test_progress_is_reported_from_nothing_to_all(
    server: FileServer, tmp_path: Path
) -> None:
    reported: list[tuple[int, int | None]] = []
    download(
        server.address(),
        tmp_path / "model.onnx",
        progress=lambda done, total: reported.append((done, total)),
    )
    size = len(server.content)
    assert reported[0] == (0, size)
    assert reported[-1] == (size, size)
    assert [done for done, _ in reported] == sorted(done for done, _ in reported)


def test_cut_connections_are_taken_up_where_they_broke(
    server: FileServer, tmp_path: Path
) -> None:
    server.cuts = [300_000, 200_000, 1, 2, 3]
    assert fetch(server, tmp_path / "a") == digest(server.content)
    assert server.offsets()[:3] == ["", "bytes=300000-", "bytes=500000-"]


def test_a_download_given_up_is_resumed_by_the_next_one(
    server: FileServer, tmp_path: Path
) -> None:
    server.cuts = [400_000, 0, 0, 0]
    with pytest.raises(UnreachableError, match="ended after 400000 of 1048576"):
        fetch(server, tmp_path / "a")
    assert names(tmp_path) == {"a.part", "a.part.etag"}
    assert fetch(server, tmp_path / "a") == digest(server.content)
    assert server.offsets()[-1] == "bytes=400000-"
    assert names(tmp_path) == {"a"}


def test_a_server_without_ranges_sends_all_again(
    server: FileServer, tmp_path: Path
) -> None:
    server.ranges = False
    server.cuts = [300_000]
    assert fetch(server, tmp_path / "a") == digest(server.content)


def test_a_file_replaced_on_the_server_is_not_joined_to_the_old_one(
    server: FileServer, tmp_path: Path
) -> None:
    server.cuts = [300_000, 0, 0, 0]
    with pytest.raises(UnreachableError):
        fetch(server, tmp_path / "a")
    server.content, server.etag = server.content[::-1], '"two"'
    assert fetch(server, tmp_path / "a") == digest(server.content)


def test_nothing_is_resumed_unvouched_for(server: FileServer, tmp_path: Path) -> None:
    server.etag = ""
    (tmp_path / "a.part").write_bytes(b"leftover")
    assert fetch(server, tmp_path / "a") == digest(server.content)
    assert server.offsets() == [""]


def test_a_known_digest_is_enough_to_resume(server: FileServer, tmp_path: Path) -> None:
    server.etag = ""
    (tmp_path / "a.part").write_bytes(server.content[:5000])
    expected = digest(server.content)
    assert fetch(server, tmp_path / "a", sha256=expected) == expected
    assert server.offsets() == ["bytes=5000-"]


def test_leftovers_longer_than_the_file_are_thrown_away(
    server: FileServer, tmp_path: Path
) -> None:
    (tmp_path / "a.part").write_bytes(server.content + b"more")
    expected = digest(server.content)
    assert fetch(server, tmp_path / "a", sha256=expected) == expected


def test_the_wrong_file_is_refused_and_not_kept(
    server: FileServer, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="not the expected file"):
        fetch(server, tmp_path / "a", sha256="0" * 64)
    assert "a" not in names(tmp_path)
    assert "a.part" not in names(tmp_path)


def test_a_web_page_is_not_taken_for_the_file(
    server: FileServer, tmp_path: Path
) -> None:
    server.content_type = "text/html; charset=utf-8"
    with pytest.raises(InputError, match="a web page"):
        fetch(server, tmp_path / "a")
    assert names(tmp_path) == set()


def test_a_refusal_is_final(server: FileServer, tmp_path: Path) -> None:
    server.refusals = [404]
    with pytest.raises(InputError, match="answered 404"):
        fetch(server, tmp_path / "a")
    assert len(server.asked) == 1


def test_a_busy_server_is_asked_again(server: FileServer, tmp_path: Path) -> None:
    server.refusals = [503, 429]
    assert fetch(server, tmp_path / "a") == digest(server.content)
    assert len(server.asked) == 3


def test_an_unreachable_server_is_named(server: FileServer, tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}/model.onnx"
        with pytest.raises(UnreachableError) as caught:
            download(address, tmp_path / "a", pause=0)
    assert address in caught.value.message
    assert "refused" in caught.value.message


def test_the_proxy_of_the_environment_is_used(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.port}")
    download("http://models.invalid/x.onnx", tmp_path / "a", pause=0)
    assert server.asked[0]["path"] == "http://models.invalid/x.onnx"


def test_a_folder_that_cannot_be_written_is_an_error(
    server: FileServer, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        fetch(server, tmp_path / "file" / "a")


def test_who_asks_at_the_same_time_waits_and_fetches_nothing(
    tmp_path: Path, server: FileServer
) -> None:
    with serving(FileServer(server.content)) as other, ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(fetch, other, tmp_path / "a") for _ in range(4)]
        assert {job.result() for job in jobs} == {digest(server.content)}
    assert len(other.asked) == 1
