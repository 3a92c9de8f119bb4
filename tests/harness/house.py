"""What exists in the repository: for tests that hold documents and rules against it."""

import functools
import importlib
import pkgutil
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "tieout_contracts", "tieout_chassis", "tieout_providers", "tieout_posting", "tieout_ingest", "tieout_transform",
    "tieout_xero_writer", "tieout_qbo_writer", "tieout_config_api", "tieout_standalone", "tieout_simulators",
)  # fmt: skip
_FENCE = re.compile(r"^```.*?\n(.*?)^```", re.MULTILINE | re.DOTALL)
_ENDINGS = (".py", ".md", ".toml", ".json", ".yaml", ".yml", ".lock", ".csv", ".sh", ".xml", "/")


def documents() -> list[Path]:
    """Every Markdown file that is the project's own."""
    return [path for path in tracked() if path.suffix == ".md"]


def modules_of_tests() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py" and "tests" in path.parts and "src" not in path.parts]


@functools.cache
def tracked() -> tuple[Path, ...]:
    """Files under version control, and new ones that are not ignored."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.splitlines()
    return tuple(sorted(path for name in set(listed) if (path := ROOT / name).is_file()))


def code_of(document: Path) -> str:
    """The fenced blocks of a document."""
    return "\n".join(_FENCE.findall(document.read_text()))


def code_spans(document: Path) -> list[str]:
    """What stands in backticks outside of fenced blocks."""
    return re.findall(r"`([^`\n]+)`", _FENCE.sub("", document.read_text()))


def commands_after(program: str, document: Path) -> set[str]:
    """What a document tells to run: the word after `make` or `tieout` where a command begins."""
    begins = re.compile(rf"^\s*{program} ([a-z-]+)\b", re.MULTILINE)
    return {found for code in (code_of(document), *code_spans(document)) for found in begins.findall(code)}


@functools.cache
def settings() -> frozenset[str]:
    """Every environment variable with the prefix TIEOUT_ that something reads."""
    from tieout_chassis.settings import ServiceSettings

    for package in PACKAGES:
        if importlib.util.find_spec(f"{package}.settings"):
            importlib.import_module(f"{package}.settings")
    classes: list[type[ServiceSettings]] = [ServiceSettings]
    for each in classes:
        classes += each.__subclasses__()
    fields = {f"TIEOUT_{name.upper()}" for each in classes for name in each.model_fields}
    return frozenset(fields | _read_by_name())


def _read_by_name() -> set[str]:
    """Variables that are read by their name, in code and in scripts."""
    scripts = [path for path in tracked() if path.suffix in {".py", ".sh"} or path.name in {"Makefile", "run"}]
    texts = [path.read_text() for path in scripts if path.parent.name != "architecture"]
    return {name for text in texts for name in re.findall(r"\bTIEOUT_[A-Z][A-Z_]*\b", text)}


def is_importable(dotted: str) -> bool:
    """Whether `package.module.name` is a module, or something in one."""
    try:
        pkgutil.resolve_name(dotted)
    except (ImportError, AttributeError):
        return False
    return True


@functools.cache
def make_targets() -> frozenset[str]:
    return frozenset(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@functools.cache
def tieout_commands() -> frozenset[str]:
    from tieout_standalone.cli import app

    own = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    return frozenset(own | {group.name for group in app.registered_groups if group.name})


@functools.cache
def test_names() -> frozenset[str]:
    """All test functions, in classes too, and test modules."""
    names = (re.findall(r"^ *(?:async )?def (test_\w+)", path.read_text(), re.MULTILINE) for path in modules_of_tests())
    modules = {path.stem for path in modules_of_tests()}
    return frozenset(name for found in names for name in found) | modules


def problem_codes() -> set[str]:
    from tieout_contracts.problems import KINDS

    return set(KINDS)


def looks_like_a_path(code: str) -> bool:
    if not re.fullmatch(r"[\w./*-]+", code) or code.startswith(("/", "http", "...", "~", "-")):
        return False
    first = code.split("/", maxsplit=1)[0]
    return "/" in code and (code.endswith(_ENDINGS) or (ROOT / first).is_dir()) and not code.startswith("/")


def is_there(path: str, document: Path) -> bool:
    """Relative to the root, to the document, or to the package beside it; `*` stands for anything."""
    places = [ROOT, document.parent, *document.parent.glob("src/tieout_*")]
    return any(any(place.glob(path.rstrip("/"))) for place in places)
