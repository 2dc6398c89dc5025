"""One file of HTML that needs no other: styles, scripts and data are in it.

Scripts are modules, each in a file of its own. In the page they are one module, in
which each is a function that returns what it exports: a page from the disk can import
no file.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

_ASSETS = files("avio_cli.pages") / "assets"
_IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./(\w+)\.js";$', re.M)
_EXPORT = re.compile(r"^export ((?:async )?(?:function|class|const) (\w+))", re.M)
_SLOT = re.compile(r"\{\{(\w+)\}\}")


def asset(name: str) -> str:
    """The text of a file that pages are made of."""
    return (_ASSETS / name).read_text(encoding="utf-8")


def module(names: Sequence[str]) -> str:
    """Modules as one.

    Args:
        names: of files, those that others import first; of the last one, which imports
            them all, nothing is exported.
    """
    *parts, last = names
    scripts = ["const modules = {};", *map(_part, parts), _importing(asset(last))]
    return "\n".join(scripts)


def _part(name: str) -> str:
    text = _importing(asset(name))
    exported = ", ".join(found[2] for found in _EXPORT.finditer(text))
    body = _EXPORT.sub(r"\1", text)
    stem = name.removesuffix(".js")
    return f"modules.{stem} = (() => {{\n{body}\nreturn {{ {exported} }};\n}})();"


def _importing(text: str) -> str:
    return _IMPORT.sub(r"const \1 = modules.\2;", text)


def assemble(
    template: str,
    *,
    styles: Sequence[str],
    library: str,
    modules: Sequence[str],
    data: Mapping[str, Any],
    blobs: Mapping[str, str],
) -> str:
    """Make a page that runs no script, and loads nothing, but what is in it.

    Args:
        template: the name of the HTML, with a slot for each part.
        styles: names of files.
        library: name of a script that runs before the modules.
        modules: names of files, those that others import first.
        data: as JSON in the element ``data``.
        blobs: base64 texts by the id of their element.
    """
    style = "\n".join(asset(name) for name in styles)
    scripts = (asset(library), module(modules))
    parts = {
        "policy": policy(scripts, style),
        "style": style,
        "library": scripts[0],
        "module": scripts[1],
        "data": script_json(data),
        "blobs": "\n".join(_blob(name, text) for name, text in blobs.items()),
    }
    return _SLOT.sub(lambda found: parts[found[1]], asset(template))


def policy(scripts: Sequence[str], style: str) -> str:
    """The content security policy of a page with those, and with media beside it."""
    hashes = " ".join(_hash(script) for script in scripts)
    # Pages from the disk have no origin that `'self'` could mean in every browser.
    media = "media-src 'self' file: blob:; img-src data: blob:"
    rest = "base-uri 'none'; form-action 'none'"
    code = f"script-src {hashes}; style-src {_hash(style)}"
    return f"default-src 'none'; {code}; {media}; {rest}"


def script_json(data: Mapping[str, Any]) -> str:
    """JSON that ends no element of a page, whatever texts are in it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return re.sub("[<>&]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _blob(name: str, text: str) -> str:
    return f'<script type="application/base64" id="{name}">{text}</script>'
