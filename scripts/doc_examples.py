"""Runs the command examples of the documentation and compares or renews their output.

    python scripts/doc_examples.py [--write] PAGE...

An example is a fenced block marked `console`: lines that begin with `$ census` are commands,
what follows is what they print on a terminal 120 columns wide. A line `...` stands for any
lines. `| head -N` and `| tail -N` are understood. A block marked `csv file=NAME` or
`toml file=NAME` is written to that file first. From a block marked `sh endpoint=PORT` on the
scripted endpoint answers, on a free port that the page's own stands for; such a page needs the
extra `vet`. All examples of a page run in order, in one folder, on one store that holds the
bundled sample; release names, sizes and line numbers are not compared.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

_FENCE = re.compile(r"^```(?P<info>[^\n`]+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_PIPE = re.compile(r"(head|tail) -(?:n )?(\d+)")
_TERMINAL = {"COLUMNS": "120", "LINES": "50", "TERM": "dumb", "NO_COLOR": "1"}
_VARYING = (
    (re.compile(r"\b\d{4}-\d{2}-\d{2}-[0-9a-f]{10}\b"), "RELEASE"),
    (re.compile(r"\(\d+\.\d MB[^)]*\)"), "(SIZE)"),
    (re.compile(r'"line": \d+'), '"line": N'),
)
STORE_NAME = "build/demo-store"
"""What examples call the store; its real path is replaced by it."""


@dataclass(frozen=True)
class Block:
    """A fenced block: where its body begins in the page, its info string, its body."""

    start: int
    info: str
    body: str


@dataclass(frozen=True)
class Command:
    """One command of a block, and the output that the page shows for it."""

    line: str
    shown: str

    @property
    def fails(self) -> bool:
        """Return whether the page shows it failing."""
        return self.shown.startswith("error:")


@dataclass(frozen=True)
class Outcome:
    """What a command printed, and its exit code."""

    printed: str
    code: int

    def agrees(self, command: Command) -> bool:
        """Return whether the page shows this."""
        return (self.code != 0) == command.fails and same(command.shown, self.printed)


def blocks(page: str, kind: str) -> Iterator[Block]:
    """Yield the fenced blocks whose info string begins with a word."""
    for match in _FENCE.finditer(page):
        if match["info"].split()[0] == kind:
            yield Block(match.start("body"), match["info"].strip(), match["body"])


def commands(body: str) -> list[Command]:
    """Return the commands of a console block.

    Raises:
        ValueError: the block does not begin with one.
    """
    if not body.startswith("$ "):
        raise ValueError(f"a console block begins with a command, not {body[:40]!r}")
    parts = re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]
    return [Command(*(part.split("\n", 1))) for part in parts]


def same(shown: str, printed: str) -> bool:
    """Return whether a page's text stands for what was printed."""
    lines = [_plain(line) for line in shown.rstrip("\n").split("\n")]
    pattern = "".join(
        r"(?:[^\n]*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in lines
    )
    text = "".join(_plain(line) + "\n" for line in printed.rstrip("\n").split("\n"))
    return re.fullmatch(pattern, text) is not None


def _plain(line: str) -> str:
    for pattern, word in _VARYING:
        line = pattern.sub(word, line)
    return line.rstrip()


class _Screen(io.TextIOWrapper):
    """A text stream that says whether it is a terminal."""

    def __init__(self, sink: io.BytesIO, *, is_terminal: bool) -> None:
        super().__init__(sink, encoding="utf-8", write_through=True)
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


class Workspace:
    """A folder in which examples run, on a store that holds the bundled sample."""

    def __init__(self, folder: Path, store: Path) -> None:
        """Take both; the store must exist."""
        self.folder = folder
        self.store = store
        self._addresses: dict[str, str] = {}

    @contextlib.contextmanager
    def serving(self, block: Block) -> Iterator[None]:
        """Let the scripted endpoint answer where a page says that it listens."""
        from modelcensus.testing.scripted_endpoint import ScriptedEndpoint

        port = block.info.partition("endpoint=")[2].split()[0]
        with ScriptedEndpoint() as endpoint:
            self._addresses[f"http://127.0.0.1:{port}/v1"] = endpoint.url
            yield
        self._addresses.clear()

    def run(self, line: str) -> Outcome:
        """Run one command and return what a terminal would show.

        Raises:
            ValueError: it is no `census` command, or has an unknown pipe.
        """
        words, _, pipe = line.partition(" | ")
        program, *arguments = shlex.split(words)
        if program != "census":
            raise ValueError(f"only census commands are run, not {line!r}")
        out = io.BytesIO()
        err = io.BytesIO() if pipe else out
        with self._terminal(_Screen(out, is_terminal=not pipe), _Screen(err, is_terminal=False)):
            code = _census(arguments)
            sys.stdout.flush()
            printed = _piped(out.getvalue().decode(), pipe)
            printed += err.getvalue().decode() if pipe else ""
        return Outcome(self._named(printed), code)

    def write(self, block: Block) -> None:
        """Write the file that a `file=NAME` block holds."""
        name = block.info.partition("file=")[2].split()[0]
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = block.body
        for shown, real in self._addresses.items():
            text = text.replace(shown, real)
        path.write_text(text, encoding="utf-8")

    @contextlib.contextmanager
    def _terminal(self, out: _Screen, err: _Screen) -> Iterator[None]:
        before = dict(os.environ)
        os.environ.update(_TERMINAL, CENSUS_STORE=str(self.store))
        try:
            with (
                contextlib.chdir(self.folder),
                contextlib.redirect_stdout(out),
                contextlib.redirect_stderr(err),
            ):
                yield
        finally:
            os.environ.clear()
            os.environ.update(before)

    def _named(self, text: str) -> str:
        text = text.replace(str(self.store), STORE_NAME)
        for shown, real in self._addresses.items():
            text = text.replace(real, shown)
        return text.replace(f"{self.folder}{os.sep}", "")


def _census(arguments: Sequence[str]) -> int:
    from modelcensus.cli.main import main

    try:
        main(arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _piped(text: str, pipe: str) -> str:
    if not pipe:
        return text
    match = _PIPE.fullmatch(pipe.strip())
    if match is None:
        raise ValueError(f"only head and tail are known, not {pipe!r}")
    lines, count = text.splitlines(keepends=True), int(match[2])
    return "".join(lines[:count] if match[1] == "head" else lines[-count:])


def make_store(path: Path) -> None:
    """Build a store of the bundled sample."""
    from modelcensus.releases.build import build_release
    from modelcensus.sample.load import import_sample
    from modelcensus.settings import Settings
    from modelcensus.snapshots.store import Store

    store = Store(path)
    import_sample(store, Settings())
    build_release(store, Settings())


def why_not_run(page: str) -> str:
    """Return why a page's examples cannot run here; empty where they can."""
    if any("endpoint=" in block.info for block in blocks(page, "sh")):
        return "" if find_spec("inspect_evals") else "the extra vet is not installed"
    return ""


def run_page(page: str, workspace: Workspace) -> Iterator[tuple[Block, list[Outcome]]]:
    """Run a page's examples in order; yield each console block with its outcomes."""
    found = [
        *blocks(page, "console"),
        *(b for kind in ("csv", "toml") for b in blocks(page, kind) if "file=" in b.info),
        *(b for b in blocks(page, "sh") if "endpoint=" in b.info),
    ]
    with contextlib.ExitStack() as served:
        for block in sorted(found, key=lambda b: b.start):
            if block.info.startswith("sh"):
                served.enter_context(workspace.serving(block))
            elif block.info.startswith("console"):
                yield block, [workspace.run(command.line) for command in commands(block.body)]
            else:
                workspace.write(block)


def renewed(page: str, workspace: Workspace) -> str:
    """Return the page with the output of every example that no longer agrees replaced."""
    pieces, position = [], 0
    for block, outcomes in run_page(page, workspace):
        body = "".join(
            f"$ {c.line}\n" + (c.shown if o.agrees(c) else _tidy(o.printed))
            for c, o in zip(commands(block.body), outcomes, strict=True)
        )
        pieces += [page[position : block.start], body]
        position = block.start + len(block.body)
    return "".join([*pieces, page[position:]])


def _tidy(printed: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in printed.rstrip("\n").split("\n") if line)


def main(arguments: Sequence[str]) -> int:
    """Compare or renew pages; return 1 when a page shows something else than is printed."""
    stale = []
    for name in (a for a in arguments if a != "--write"):
        path = Path(name)
        if reason := why_not_run(path.read_text(encoding="utf-8")):
            sys.stdout.write(f"{name}: examples not run: {reason} (make .venv/.vet)\n")
            continue
        with tempfile.TemporaryDirectory() as folder:
            store = Path(folder, "store")
            make_store(store)
            Path(folder, "work").mkdir()
            page = path.read_text(encoding="utf-8")
            other = renewed(page, Workspace(Path(folder, "work"), store))
        if other == page:
            continue
        stale.append(name)
        if "--write" in arguments:
            path.write_text(other, encoding="utf-8")
    for name in stale:
        sys.stdout.write(f"{name}: examples {'renewed' if '--write' in arguments else 'differ'}\n")
    return int(bool(stale) and "--write" not in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
