"""A user's file: loaded, fed, understood; and blamed in plain words."""

import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avio_cli.callbacks.step import (
    CallbackStep,
    common_pixel_format,
    load_callback,
    parse_arguments,
)
from avio_cli.errors import CallbackError, UsageError
from avio_cli.media.frame import PIXEL_FORMATS as LAYOUTS
from avio_cli.media.frame import Frame, planes_of

Load = Callable[..., CallbackStep]


@pytest.fixture(autouse=True)
def _clean_imports(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith(("avio_callback_", "neighbour_of_")):
            del sys.modules[name]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write a file and load one thing of it."""

    def write_and_load(code: str, name: str = "f", *arguments: str) -> CallbackStep:
        path = tmp_path / "mine.py"
        path.write_text(code)
        return load_callback(f"{path}:{name}", arguments)

    return write_and_load


def frame(pixel_format: str = "bgr24", width: int = 6, height: int = 4) -> Frame:
    layout = LAYOUTS[pixel_format]
    planes = planes_of(bytearray(layout.size(width, height)), layout, width, height)
    made = Frame(planes, pixel_format, 7, 70, Fraction(1, 100))
    made.view = np.ones((2, 2, 3), np.uint8)
    made.events = ("key",)
    made.record = True
    return made


class TestLoading:
    def test_a_function(self, load: Load) -> None:
        step = load("def f(frame):\n    frame.planes[0][:] = 9\n")
        given = frame()
        assert step(given) is given
        assert (given.planes[0] == 9).all()
        assert step.pixel_format == "bgr24"

    def test_a_class_is_made_once_with_its_arguments(self, load: Load) -> None:
        code = (
            "class Counter:\n"
            "    def __init__(self, start, *, step=1):\n"
            "        self.count, self.step = start, step\n"
            "    def __call__(self, frame):\n"
            "        self.count += self.step\n"
            "        frame.planes[0][:] = self.count\n"
        )
        step = load(code, "Counter", "start=5", "step=2")
        given = frame()
        step(given)
        step(given)
        assert (given.planes[0] == 9).all()

    def test_a_functions_arguments_are_passed_at_each_call(self, load: Load) -> None:
        step = load(
            "def f(frame, *, level):\n    frame.planes[0][:] = level\n", "f", "level=3"
        )
        given = frame()
        step(given)
        assert (given.planes[0] == 3).all()

    def test_an_instance_of_the_file(self, load: Load) -> None:
        code = "class C:\n    def __call__(self, frame): pass\nready = C()\n"
        given = frame()
        assert load(code, "ready")(given) is given

    def test_neighbours_can_be_imported(self, load: Load, tmp_path: Path) -> None:
        (tmp_path / "neighbour_of_mine.py").write_text("LEVEL = 4\n")
        step = load(
            "from neighbour_of_mine import LEVEL\n"
            "def f(frame):\n    frame.planes[0][:] = LEVEL\n"
        )
        given = frame()
        step(given)
        assert (given.planes[0] == 4).all()

    def test_dataclasses_work(self, load: Load) -> None:
        code = (
            "from __future__ import annotations\n"
            "from dataclasses import dataclass\n"
            "@dataclass\n"
            "class D:\n"
            "    level: int = 1\n"
            "    def __call__(self, frame): frame.planes[0][:] = self.level\n"
        )
        given = frame()
        load(code, "D", "level=6")(given)
        assert (given.planes[0] == 6).all()

    def test_a_path_with_a_colon(self, tmp_path: Path) -> None:
        path = tmp_path / "a:b.py"
        path.write_text("def f(frame): pass\n")
        assert load_callback(f"{path}:f").name == f"{path}:f"


class TestRefusedToLoad:
    @pytest.mark.parametrize("text", ["f", "mine.py", ":f", "mine.py:", ""])
    def test_what_is_not_file_and_name(self, text: str) -> None:
        with pytest.raises(UsageError, match=r"is not FILE\.py:NAME") as caught:
            load_callback(text)
        assert "draw.py:Watermark" in caught.value.hint

    def test_a_missing_file(self) -> None:
        with pytest.raises(UsageError, match=r"no such file: gone\.py"):
            load_callback("gone.py:f")

    def test_what_is_not_python(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text("x")
        with pytest.raises(UsageError, match=r"a\.txt is not a Python file"):
            load_callback(f"{tmp_path / 'a.txt'}:f")

    def test_a_missing_name_lists_those_there_are(self, load: Load) -> None:
        code = (
            "from os import path\nfrom math import sin\n"
            "LEVEL = 5\ndef draw(frame): pass\nclass Mark: pass\n"
        )
        with pytest.raises(CallbackError, match="no function or class 'f'") as caught:
            load(code)
        assert caught.value.hint == "the file has draw, Mark"

    def test_a_name_that_cannot_be_called(self, load: Load) -> None:
        with pytest.raises(CallbackError, match="no function or class 'f'") as caught:
            load("f = 5\n")
        assert caught.value.hint == "the file has none"

    def test_a_syntax_error_is_shown_where_it_is(self, load: Load) -> None:
        with pytest.raises(CallbackError, match="SyntaxError") as caught:
            load("def f(frame:\n    pass\n")
        report = caught.value.report
        assert 'mine.py", line 1' in report
        assert "avio_cli" not in report
        assert "importlib" not in report

    @pytest.mark.parametrize(
        ("code", "message"),
        [
            ("import no_such_module_anywhere\n", "ModuleNotFoundError"),
            ("raise ValueError('while loading')\n", "ValueError: while loading"),
            ("import sys\nsys.exit(0)\n", "SystemExit: 0"),
        ],
    )
    def test_an_error_while_loading(self, load: Load, code: str, message: str) -> None:
        with pytest.raises(CallbackError, match="cannot be loaded") as caught:
            load(code)
        assert message in caught.value.message
        report = caught.value.report.splitlines()
        assert 'mine.py", line ' in report[1]
        assert not any("avio_cli" in line for line in report)

    def test_a_class_that_cannot_be_made(self, load: Load) -> None:
        code = "class C:\n    def __init__(self): raise OSError('no camera')\n"
        with pytest.raises(CallbackError, match="cannot be made: OSError: no camera"):
            load(code, "C")

    def test_a_class_whose_argument_is_missing(self, load: Load) -> None:
        code = "class C:\n    def __init__(self, level): pass\n"
        with pytest.raises(CallbackError, match="level") as caught:
            load(code, "C")
        assert "avio_cli" not in caught.value.report

    def test_a_class_whose_instances_cannot_be_called(self, load: Load) -> None:
        with pytest.raises(CallbackError, match="has no __call__") as caught:
            load("class C: pass\n", "C")
        assert "def __call__(self, frame)" in caught.value.hint


class TestArguments:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("5", 5),
            ("0.5", 0.5),
            ("true", True),
            ("null", None),
            ("[1, 2]", [1, 2]),
            ('{"a": 1}', {"a": 1}),
            ("hello", "hello"),
            ("a=b", "a=b"),
            ("", ""),
            ("1e", "1e"),
        ],
    )
    def test_without_annotation_a_value_is_json_or_text(
        self, text: str, expected: Any
    ) -> None:
        def target(frame: Frame, value) -> None: ...  # type: ignore[no-untyped-def]  # noqa: ANN001

        assert parse_arguments(target, [f"value={text}"]) == {"value": expected}

    @pytest.mark.parametrize("quoted", [False, True])
    @pytest.mark.parametrize(
        ("kind", "text", "expected"),
        [
            (str, "5", "5"),
            (int, "5", 5),
            (float, "5", 5.0),
            (Path, "5", Path("5")),
            (bool, "true", True),
            (bool, "false", False),
            (bool, "0", False),
        ],
    )
    def test_an_annotation_decides(
        self, kind: type, text: str, expected: Any, quoted: bool
    ) -> None:
        def target(frame: Frame, value: Any) -> None: ...

        target.__annotations__["value"] = kind.__name__ if quoted else kind
        found = parse_arguments(target, [f"value={text}"])["value"]
        assert (found, type(found)) == (expected, type(expected))

    @pytest.mark.parametrize("kind", ["int", "float", "bool"])
    def test_a_value_of_the_wrong_kind_is_named(self, kind: str) -> None:
        def target(frame: Frame, value: Any) -> None: ...

        target.__annotations__["value"] = kind
        with pytest.raises(UsageError, match=rf"value=many: {kind} expected"):
            parse_arguments(target, ["value=many"])

    @pytest.mark.parametrize("text", ["value", "=5", "a b=5", "1a=5"])
    def test_what_is_not_key_and_value(self, text: str) -> None:
        with pytest.raises(UsageError, match="is not key=value"):
            parse_arguments(len, [text])

    @pytest.mark.parametrize(
        ("code", "hint"),
        [
            ("def f(frame, level=1, name=''): pass\n", "it takes level, name"),
            ("def f(frame): pass\n", "it takes none"),
        ],
    )
    def test_an_unknown_argument_lists_the_known(
        self, load: Load, code: str, hint: str
    ) -> None:
        with pytest.raises(UsageError, match="takes no argument 'levle'") as caught:
            load(code, "f", "levle=5")
        assert caught.value.hint == hint

    def test_the_frame_itself_is_no_argument(self, load: Load) -> None:
        with pytest.raises(UsageError, match="takes no argument 'frame'"):
            load("def f(frame): pass\n", "f", "frame=5")

    def test_open_keywords_take_all(self, load: Load) -> None:
        step = load(
            "def f(frame, **more): frame.planes[0][:] = more['level']\n", "f", "level=8"
        )
        given = frame()
        step(given)
        assert (given.planes[0] == 8).all()

    def test_what_cannot_be_inspected_takes_none(self, load: Load) -> None:
        # Built into Python: it has no signature.
        with pytest.raises(UsageError, match="takes no argument 'a'"):
            load("f = dict\n", "f", "a=1")


class TestPixelFormat:
    @pytest.mark.parametrize(
        ("code", "name"),
        [
            ("def f(frame): pass\nf.pixel_format = 'gray'\n", "f"),
            (
                "class F:\n    pixel_format = 'gray'\n    def __call__(self, x): pass",
                "F",
            ),
            (
                "class F:\n    def __init__(self): self.pixel_format = 'gray'\n"
                "    def __call__(self, x): pass\n",
                "F",
            ),
        ],
    )
    def test_it_is_declared_by_function_class_or_instance(
        self, load: Load, code: str, name: str
    ) -> None:
        assert load(code, name).pixel_format == "gray"

    def test_a_function_with_arguments_keeps_it(self, load: Load) -> None:
        code = "def f(frame, level): pass\nf.pixel_format = 'yuv420p'\n"
        assert load(code, "f", "level=1").pixel_format == "yuv420p"

    @pytest.mark.parametrize("wanted", ["'rgb'", "5", "['bgr24']"])
    def test_an_unknown_one_lists_the_known(self, load: Load, wanted: str) -> None:
        code = f"def f(frame): pass\nf.pixel_format = {wanted}\n"
        with pytest.raises(CallbackError, match="wants pixel format") as caught:
            load(code)
        assert "yuv420p" in caught.value.hint

    def test_several_callbacks_must_agree(self) -> None:
        def step(name: str, pixel_format: str) -> CallbackStep:
            return CallbackStep(name, lambda _: None, pixel_format)

        assert common_pixel_format([]) == "bgr24"
        assert common_pixel_format([step("a", "gray"), step("b", "gray")]) == "gray"
        with pytest.raises(UsageError, match=r"gray \(a\) and bgr24 \(b\)"):
            common_pixel_format([step("a", "gray"), step("b", "bgr24")])


def returning(value: Any) -> CallbackStep:
    return CallbackStep("mine.py:f", lambda _: value, "bgr24")


class TestResults:
    def test_drop(self, load: Load) -> None:
        step = load(
            "from avio_cli.media.frame import DROP\ndef f(frame): return DROP\n"
        )
        assert step(frame()) is None

    def test_another_frame(self) -> None:
        other = frame("gray")
        assert returning(other)(frame()) is other

    @pytest.mark.parametrize("shape", [(4, 6, 3), (10, 20, 3), (1, 1, 3)])
    def test_an_array_of_any_size_takes_the_frames_place(
        self, shape: tuple[int, ...]
    ) -> None:
        image = np.full(shape, 5, np.uint8)
        given = frame()
        result = returning(image)(given)
        assert result is not None
        assert result.planes[0] is image
        assert (result.pixel_format, result.pts, result.time_base, result.index) == (
            *("bgr24", 70, Fraction(1, 100), 7),
        )
        assert result.view is given.view
        assert (result.tracks, result.events, result.record) == (
            *(given.tracks, ("key",), True),
        )

    def test_a_grey_array(self) -> None:
        result = returning(np.zeros((5, 9), np.uint8))(frame())
        assert result is not None
        assert (result.pixel_format, result.width, result.height) == ("gray", 9, 5)

    @pytest.mark.parametrize("kind", [tuple, list])
    def test_planes(self, kind: type) -> None:
        given = frame("yuv420p", 8, 8)
        result = returning(kind(plane + 1 for plane in given.planes))(given)
        assert result is not None
        assert [int(plane.max()) for plane in result.planes] == [1, 1, 1]

    @pytest.mark.parametrize(
        "nonsense",
        [
            *(5, "text", object(), True, (), [], [1, 2], (None,), np.array(5)),
            *(np.zeros(7, np.uint8), np.zeros((2, 2, 2, 2), np.uint8)),
            *(np.zeros((4, 6, 3)), np.zeros((4, 6, 4), np.uint8)),
            *(np.zeros((4, 6, 3), np.uint16), np.zeros((4, 6), bool)),
            (np.zeros((4, 6), np.uint8), np.zeros((2, 2), np.uint8)),
            *(np.zeros((0, 6, 3), np.uint8), np.zeros((4, 0), np.uint8)),
        ],
        ids=lambda nonsense: type(nonsense).__name__,
    )
    def test_nonsense_is_refused(self, nonsense: Any) -> None:
        with pytest.raises(
            CallbackError, match="is not an image for frame 7"
        ) as caught:
            returning(nonsense)(frame())
        assert caught.value.hint == "return nothing, an array, a Frame, or DROP"

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            *(("planes", None), ("planes", ()), ("planes", ("x",)), ("planes", [5])),
            ("planes", (np.zeros((4, 6, 3), np.float32),)),
            *(("pixel_format", "rgb"), ("pixel_format", "yuv420p")),
            *(("pts", 1.5), ("pts", None), ("pts", "7")),
        ],
    )
    def test_nonsense_put_into_the_frame_is_refused(
        self, name: str, value: Any
    ) -> None:
        def spoil(given: Frame) -> Frame:
            setattr(given, name, value)
            return given

        for function in (spoil, lambda given: spoil(given) and None):
            step = CallbackStep("mine.py:f", function, "bgr24")
            with pytest.raises(CallbackError, match="not an image for frame 7"):
                step(frame())

    def test_new_arrays_and_times_put_into_the_frame_are_kept(self) -> None:
        image = np.full((3, 5, 3), 2, np.uint8)

        def change(given: Frame) -> None:
            given.planes = (image,)
            given.pts = np.int64(99)  # type: ignore[assignment]

        result = CallbackStep("mine.py:f", change, "bgr24")(frame())
        assert result is not None
        assert result.planes[0] is image
        assert (result.pts, type(result.pts)) == (99, int)


class TestFailures:
    CODE = (
        "import json\n"
        "def helper(x):\n"
        "    return json.loads(x)\n"
        "def f(frame):\n"
        "    helper('nonsense')\n"
    )

    def test_it_is_reported_with_frame_and_time(self, load: Load) -> None:
        with pytest.raises(CallbackError) as caught:
            load(self.CODE)(frame())
        message = caught.value.message
        assert "mine.py:f failed at frame 7 (0.700 s): JSONDecodeError: " in message
        assert "\n" not in message

    def test_the_report_begins_in_the_users_file(self, load: Load) -> None:
        with pytest.raises(CallbackError) as caught:
            load(self.CODE)(frame())
        lines = caught.value.report.splitlines()
        assert lines[0] == "Traceback (most recent call last):"
        assert 'mine.py", line 5, in f' in lines[1]
        assert lines[-1].startswith("json.decoder.JSONDecodeError")
        assert not any("avio_cli" in line for line in lines)

    def test_a_callback_that_takes_no_frame(self, load: Load) -> None:
        with pytest.raises(CallbackError, match="takes 0 positional") as caught:
            load("def f(): pass\n")(frame())
        assert "avio_cli" not in caught.value.report

    def test_an_exit_is_no_success(self, load: Load) -> None:
        with pytest.raises(CallbackError, match="SystemExit"):
            load("import sys\ndef f(frame): sys.exit(0)\n")(frame())

    def test_an_error_without_words_is_named(self, load: Load) -> None:
        with pytest.raises(CallbackError, match=r": AssertionError$"):
            load("def f(frame): assert False\n")(frame())

    def test_an_interruption_is_none(self, load: Load) -> None:
        with pytest.raises(KeyboardInterrupt):
            load("def f(frame): raise KeyboardInterrupt\n")(frame())


class TestClose:
    def test_an_instance_is_closed_at_the_end(self, load: Load) -> None:
        code = (
            "class C:\n    closed = 0\n    def __call__(self, frame): pass\n"
            "    def close(self): C.closed += 1\n"
        )
        step = load(code, "C")
        step.close()
        assert step.function.closed == 1  # type: ignore[attr-defined]

    def test_a_function_needs_none(self, load: Load) -> None:
        load("def f(frame): pass\n").close()

    def test_one_that_fails_is_reported(self, load: Load) -> None:
        code = (
            "class C:\n    def __call__(self, frame): pass\n"
            "    def close(self): raise OSError('disk is full')\n"
        )
        with pytest.raises(CallbackError, match="after the last frame: OSError") as e:
            load(code, "C").close()
        assert "avio_cli" not in e.value.report
