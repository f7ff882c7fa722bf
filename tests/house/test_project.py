"""The tree that is handed over: what lies where, nothing of the machine it was made on, and pages that keep their word."""

import fnmatch
import os
import re
import subprocess
from pathlib import Path

import pytest

import leadlex_pandas

ROOT = Path(__file__).parents[2]
TOP = {"pyproject.toml", "leadlex_pandas", "notebooks", "tests", "README.md", "docs", "LICENSE", "CHANGELOG.md"}

# in two pieces each, so that this file does not hold what it looks for
FORBIDDEN = {
    "package registry": re.compile(
        "|".join(["pypi" r"\.org", "files" r"\.pythonhosted", "registry" r"\.npmjs", "deb" r"\.debian\.org"])
    ),
    "path of a machine": re.compile(r"(?<![\w.])/" "(?:home|root|work)/"),
    "key": re.compile("wbk" r"_[A-Za-z0-9]{20,}"),  # a real one has 48; tests may invent short ones
}


def project_files(root):
    """All files of the project, ignored ones left out: as git knows them, or without git as .gitignore says."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
        names = [name for name in done.stdout.split("\0") if name] if (root / ".git").exists() else []
    except (OSError, subprocess.CalledProcessError):
        names = []
    return sorted(name for name in names or walked(root) if (root / name).is_file())


def walked(root):
    ignored = [".git", *(root / ".gitignore").read_text(encoding="utf-8").split()]
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not is_ignored(name, ignored)]
        here = Path(folder).relative_to(root)
        yield from ((here / name).as_posix() for name in files if not is_ignored(name, ignored))


def is_ignored(name, patterns):
    return any(fnmatch.fnmatch(name, pattern.rstrip("/")) for pattern in patterns)


def strangers(names):
    """What lies at the top and does not belong there."""
    return sorted({name.partition("/")[0] for name in names if name[0] != "."} - TOP)


def leaks(root, names):
    """Where a text file names a registry, a path of someone's machine, or a key."""
    found = []
    for name in names:
        try:
            text = (root / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # no text
        found += [f"{name}: {what}" for what, pattern in FORBIDDEN.items() if pattern.search(text)]
    return found


def bash_blocks(page):
    return [block.strip() for block in re.findall(r"^```bash\n(.*?)^```", page, re.DOTALL | re.MULTILINE)]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_only_the_known_lies_at_the_top():
    assert strangers(project_files(ROOT)) == []
    assert [name for name in sorted(TOP) if not (ROOT / name).exists()] == []


def test_nothing_of_a_machine_is_in_the_files():
    assert leaks(ROOT, project_files(ROOT)) == []


def test_the_changelog_names_the_version():
    versions = re.findall(r"^## \[?(\d+\.\d+\.\d+)\]?", read("CHANGELOG.md"), re.MULTILINE)
    assert versions[0] == leadlex_pandas.__version__


def test_the_readme_starts_with_one_line_to_see_it_and_one_to_test_it():
    see, test = bash_blocks(read("README.md"))[:2]
    assert len(see.splitlines()) == len(test.splitlines()) == 1
    assert "-m leadlex_pandas demo" in see
    assert "-m pytest" in test
    assert ".[test]" in test


def test_ci_runs_what_the_readme_says():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "README.md" in script.read_text(encoding="utf-8")


def test_links_of_the_pages_lead_somewhere():
    pages = ["README.md", "CHANGELOG.md", *(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/*.md"))]
    assert [lost for page in pages for lost in lost_links(ROOT / page)] == []


def lost_links(page):
    """Links of a page to files that are not there."""
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    return [f"{page.name}: {each}" for each in targets if "://" not in each and not (page.parent / each).exists()]


@pytest.fixture
def small_project(tmp_path):
    (tmp_path / ".gitignore").write_text("build/\n*.egg-info/\n")
    for name in ("pyproject.toml", "docs/page.md", "build/x.txt", "a.egg-info/PKG", "tests/build/y.txt", ".ci/run"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("fine\n")
    return tmp_path


def test_ignored_files_are_no_part_of_the_project(small_project):
    wanted = [".ci/run", ".gitignore", "docs/page.md", "pyproject.toml"]
    assert project_files(small_project) == wanted
    subprocess.run(["git", "init", "--quiet"], cwd=small_project, check=True)
    assert project_files(small_project) == wanted


def test_strangers_are_found(small_project):
    (small_project / "notes").mkdir()
    (small_project / "notes" / "todo.txt").write_text("")
    (small_project / "setup.py").write_text("")
    assert strangers(project_files(small_project)) == ["notes", "setup.py"]


@pytest.mark.parametrize(
    ("text", "leak"),
    [
        ("see https://pypi" + ".org/simple", "package registry"),
        ("files" + ".pythonhosted.org", "package registry"),
        ("registry" + ".npmjs.org", "package registry"),
        ("http://deb" + ".debian.org", "package registry"),
        ("cd /" + "home/anna", "path of a machine"),
        ("'/" + "root/x'", "path of a machine"),
        ("File /" + "work/x.py", "path of a machine"),
        ("wbk" + "_" + "a1B2c3D4" * 6, "key"),
    ],
)
def test_leaks_are_found(small_project, text, leak):
    (small_project / "docs" / "page.md").write_text(text)
    (small_project / "docs" / "picture.png").write_bytes(b"\x89PNG\xff\xfe")
    assert leaks(small_project, project_files(small_project)) == [f"docs/page.md: {leak}"]


def test_blocks_and_lost_links_are_found(small_project):
    page = small_project / "docs" / "page.md"
    page.write_text(
        "[a](../pyproject.toml) [b](gone.md) [c](https://x.y)\n```bash\none\ntwo\n```\n```bash\nthree\n```\n"
    )
    assert bash_blocks(page.read_text()) == ["one\ntwo", "three"]
    assert lost_links(page) == ["page.md: gone.md"]
