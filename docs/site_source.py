"""Copy what the site is built from to build/site-source: all documents, and files they link to.

    python docs/site_source.py [FOLDER] && mkdocs build

Documents keep their paths, so that links between them work on the site as in the repository. A link
to a file that is not there is an error.
"""

import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "site-source"
FOLDERS = ("docs", "benchmarks", "examples", "infra")
REFERENCE = {
    "settings": ("schemas.settings", "training.settings.pretrain", "training.settings.grpo"),
    "python": (
        *("transforms.pages.extract", "transforms.latex.formula", "transforms.warc.read"),
        *("transforms.decontamination.match", "schemas.shards", "training.verifier.verify"),
    ),
}
_LINK = re.compile(r"\]\(([^)#\s:]+)(?:#[^)]*)?\)")


def main() -> int:
    """Copy the documents; return the number of links to missing files."""
    shutil.rmtree(TARGET, ignore_errors=True)
    documents = [*ROOT.glob("*.md"), *(p for f in FOLDERS for p in (ROOT / f).rglob("*.md"))]
    missing = 0
    for document in documents:
        copy(document)
        for link in _LINK.findall(without_code(document.read_text(encoding="utf-8"))):
            linked = (document.parent / link).resolve()
            if not linked.exists():
                print(f"{document.relative_to(ROOT)}: no file {link}", file=sys.stderr)
                missing += 1
            elif linked.is_file():
                copy(linked)
    for name, modules in REFERENCE.items():
        page = TARGET / "reference" / f"{name}.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        blocks = [f"# {name.capitalize()}", *(f"::: {module}" for module in modules)]
        page.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    return missing


def copy(path: Path) -> None:
    """Copy a file of the repository to the same place of the site's source."""
    target = TARGET / path.relative_to(ROOT)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)


def without_code(text: str) -> str:
    """Return Markdown without fenced blocks, indented code and code spans."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)
    return re.sub(r"^    .*$|`[^`\n]*`", "", text, flags=re.M)


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
