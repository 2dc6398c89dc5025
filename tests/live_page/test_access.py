"""Whoever has the address may read the page; pages of other sites may not."""

import pytest

from avio_cli.errors import UsageError
from avio_cli.live_page.access import TOKEN_VARIABLE, Access, make_token

TOKEN = "0123456789abcdefghij"


@pytest.mark.parametrize(
    ("bound", "host"),
    [
        ("127.0.0.1", "127.0.0.1:8080"),
        ("127.0.0.1", "localhost:9000"),  # ssh -L 9000:localhost:8080
        ("::1", "[::1]:8080"),
        ("localhost", "127.0.0.1"),
        ("192.168.1.5", "192.168.1.5:8080"),
        ("camera.lan", "camera.lan:8080"),
        ("0.0.0.0", "192.168.1.5:8080"),
        ("::", "[fe80::1]:8080"),
    ],
)
def test_names_of_this_server_are_known(bound: str, host: str) -> None:
    access = Access(bound, TOKEN)
    assert access.refusal(f"/{TOKEN}/page.js", host, None) == ""
    assert access.refusal(f"/{TOKEN}/", host, f"http://{host}") == ""


@pytest.mark.parametrize(
    ("bound", "host"),
    [
        ("127.0.0.1", "evil.example:8080"),
        ("127.0.0.1", "203.0.113.9:8080"),
        ("127.0.0.1", ""),
        ("127.0.0.1", "127.0.0.1.evil.example"),
        ("127.0.0.1", "127.0.0.1@evil.example"),
        ("127.0.0.1", "[::1"),
        ("192.168.1.5", "evil.example"),
        ("0.0.0.0", "evil.example"),
    ],
)
def test_other_names_are_refused_even_with_the_token(bound: str, host: str) -> None:
    assert "name" in Access(bound, TOKEN).refusal(f"/{TOKEN}/", host, None)


@pytest.mark.parametrize(
    "path",
    ["/", "", f"/{TOKEN[:-1]}/", f"/{TOKEN}x/", "/page.js", f"//{TOKEN}/", "/é/"],
)
def test_without_the_token_nothing_is_given(path: str) -> None:
    refusal = Access("127.0.0.1", TOKEN).refusal(path, "127.0.0.1:1", None)
    assert "secret" in refusal
    assert TOKEN not in refusal


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://127.0.0.1:2", "file://127.0.0.1:1", ""],
)
def test_pages_of_other_sites_are_refused(origin: str) -> None:
    refusal = Access("127.0.0.1", TOKEN).refusal(f"/{TOKEN}/", "127.0.0.1:1", origin)
    assert "other sites" in refusal


def test_tokens_differ_unless_one_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    assert make_token() != make_token()
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    assert make_token() == TOKEN


@pytest.mark.parametrize("text", ["short", "a/../bcdefghijklmnopqrst", "x" * 200])
def test_a_token_that_anyone_finds_is_refused(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, text)
    with pytest.raises(UsageError, match="16 to 128"):
        make_token()
