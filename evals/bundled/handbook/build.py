"""Builds the handbook's PDF and DOCX files from the Markdown in `originals/`.

    python -m evals.bundled.handbook.build            write the files
    python -m evals.bundled.handbook.build --check    exit 1 if a built file is missing or differs

The same originals give the same bytes each time, so that a rebuilt file shows up in a diff only when its text changed.
"""

import argparse
import io
import re
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import docx
from docx.enum.text import WD_BREAK
from docx.text.paragraph import Paragraph as DocxParagraph
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.platypus import ListFlowable, PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from evals.bundled.handbook import DOCUMENTS

ORIGINALS = Path(__file__).parent / "originals"
COMPANY = "Kelvane A/S"
ZIP_DATE = (1980, 1, 1, 0, 0, 0)

BULLET, NUMBER = re.compile(r"- +"), re.compile(r"\d+\. +")
EMPHASIS = re.compile(r"(\*\*.+?\*\*|`.+?`)")


@dataclass(frozen=True)
class Heading:
    level: int
    text: str


@dataclass(frozen=True)
class Prose:
    text: str


@dataclass(frozen=True)
class Items:
    numbered: bool
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class NewPage:
    pass


Block = Heading | Prose | Items | Grid | NewPage


@dataclass(frozen=True)
class Original:
    """One Markdown original; `target` is the built file, relative to `documents/`."""

    title: str
    reference: str
    owner: str
    updated: date
    target: Path
    blocks: tuple[Block, ...]

    @property
    def stamp(self) -> str:
        return f"{self.reference} · Owner: {self.owner} · Updated {self.updated.isoformat()}"


def read_original(path: Path) -> Original:
    """Read front matter and blocks; a missing key is a KeyError that names it."""
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    meta = dict(line.split(": ", 1) for line in head.strip().splitlines())
    return Original(
        title=meta["title"],
        reference=meta["reference"],
        owner=meta["owner"],
        updated=date.fromisoformat(meta["updated"]),
        target=Path(meta["target"]),
        blocks=tuple(parse_block(block) for block in body.strip().split("\n\n")),
    )


def parse_block(text: str) -> Block:
    """Parse one block of the small Markdown that the originals use: one line a paragraph, item or table row."""
    lines = text.strip().splitlines()
    first = lines[0]
    if first == "<!-- page break -->":
        return NewPage()
    if first.startswith("#"):
        marks, _, title = first.partition(" ")
        return Heading(len(marks), title)
    if first.startswith("|"):
        rows = (tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines)
        return Grid(tuple(row for row in rows if set("".join(row)) != {"-"}))
    for numbered, mark in ((False, BULLET), (True, NUMBER)):
        if mark.match(first):
            return Items(numbered, tuple(mark.sub("", line, count=1) for line in lines))
    return Prose(" ".join(lines))


def spans(text: str) -> Iterator[tuple[str, str]]:
    """Split text into (kind, text) with kind `bold`, `code` or `plain`."""
    for part in filter(None, EMPHASIS.split(text)):
        if part.startswith("**"):
            yield "bold", part[2:-2]
        elif part.startswith("`"):
            yield "code", part[1:-1]
        else:
            yield "plain", part


# --- PDF


def pdf_markup(text: str) -> str:
    tags = {"bold": "<b>{}</b>", "code": '<font face="Courier">{}</font>', "plain": "{}"}
    return "".join(tags[kind].format(escape(part)) for kind, part in spans(text))


def pdf_table(grid: Grid, width: float, style: ParagraphStyle) -> Table:
    cells = [[Paragraph(pdf_markup(cell), style) for cell in row] for row in grid.rows]
    table = Table(cells, colWidths=[width / len(grid.rows[0])] * len(grid.rows[0]), repeatRows=1)
    lines = [("GRID", (0, 0), (-1, -1), 0.4, colors.grey), ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke)]
    table.setStyle(TableStyle([*lines, ("VALIGN", (0, 0), (-1, -1), "TOP")]))
    return table


def pdf_flow(original: Original, width: float) -> Iterator[Any]:
    styles = getSampleStyleSheet()
    text = styles["BodyText"]
    cell = ParagraphStyle("Cell", parent=text, fontSize=9, leading=11, spaceBefore=0)
    stamped = False
    for block in original.blocks:
        match block:
            case NewPage():
                yield PageBreak()
            case Heading(level, title):
                yield Paragraph(pdf_markup(title), styles["Heading1" if level == 1 else "Heading2"])
                if not stamped:
                    yield Paragraph(pdf_markup(original.stamp), styles["Italic"])
                    stamped = True
            case Items(numbered, texts):
                items = [Paragraph(pdf_markup(item), text) for item in texts]
                kind = {"bulletType": "1", "bulletFormat": "%s."} if numbered else {"bulletType": "bullet"}
                yield ListFlowable(items, **kind, bulletFontSize=9, leftIndent=16)
            case Grid():
                yield Spacer(1, 2 * mm)
                yield pdf_table(block, width, cell)
                yield Spacer(1, 3 * mm)
            case Prose(prose):
                yield Paragraph(pdf_markup(prose), text)


def pdf_bytes(original: Original) -> bytes:
    def dress(canvas: Any, document: Any) -> None:
        # Invariant mode dates every file 2000-01-01; the day of the last change says more.
        canvas.setDateFormatter(lambda *_: f"D:{original.updated:%Y%m%d}090000+00'00'")
        canvas.setFont("Helvetica", 8)
        canvas.drawString(22 * mm, 12 * mm, f"{COMPANY} · {original.reference} {original.title}")
        canvas.drawRightString(A4[0] - 22 * mm, 12 * mm, f"Page {document.page}")

    out = io.BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=22 * mm,
        rightMargin=22 * mm,
        topMargin=20 * mm,
        bottomMargin=22 * mm,
        title=original.title,
        author=COMPANY,
        subject=original.reference,
        invariant=1,
        pageCompression=0,
    )
    document.build(list(pdf_flow(original, document.width)), onFirstPage=dress, onLaterPages=dress)
    return out.getvalue()


# --- DOCX


def add_spans(paragraph: DocxParagraph, text: str) -> None:
    for kind, part in spans(text):
        run = paragraph.add_run(part)
        run.bold = kind == "bold" or None
        if kind == "code":
            run.font.name = "Courier New"


def docx_bytes(original: Original) -> bytes:
    document = docx.Document()
    day = datetime.combine(original.updated, time(9), UTC).replace(tzinfo=None)
    core = document.core_properties
    core.title, core.subject, core.author, core.last_modified_by = original.title, original.reference, COMPANY, COMPANY
    core.comments, core.created, core.modified, core.revision = "", day, day, 1
    for block in original.blocks:
        match block:
            case NewPage():
                document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
            case Heading(level, title):
                document.add_heading(title, level=level - 1)
                if level == 1:
                    document.add_paragraph(original.stamp, style="Subtitle")
            case Items(numbered, texts):
                for item in texts:
                    add_spans(document.add_paragraph(style="List Number" if numbered else "List Bullet"), item)
            case Grid(rows):
                table = document.add_table(len(rows), len(rows[0]), style="Light Grid Accent 1")
                for row, values in zip(table.rows, rows, strict=True):
                    for cell, value in zip(row.cells, values, strict=True):
                        add_spans(cell.paragraphs[0], value)
                document.add_paragraph()
            case Prose(prose):
                add_spans(document.add_paragraph(), prose)
    out = io.BytesIO()
    document.save(out)
    return without_clock(out.getvalue())


def without_clock(package: bytes) -> bytes:
    """The same zip package with a fixed date on every member."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, ZIP_DATE), old.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()


# --- PDF and DOCX

WRITERS = {".pdf": pdf_bytes, ".docx": docx_bytes}


def contents(built: bytes) -> object:
    """What `--check` compares: a DOCX by its members, since zlib versions compress differently."""
    if not built.startswith(b"PK"):
        return built
    with zipfile.ZipFile(io.BytesIO(built)) as package:
        return {name: package.read(name) for name in package.namelist()}


def is_current(path: Path, built: bytes) -> bool:
    return path.is_file() and contents(path.read_bytes()) == contents(built)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m evals.bundled.handbook.build", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a built file differs")
    check: bool = parser.parse_args(arguments).check
    stale = 0
    for path in sorted(ORIGINALS.glob("*.md")):
        original = read_original(path)
        target = DOCUMENTS / original.target
        built = WRITERS[target.suffix](original)
        if is_current(target, built):
            continue
        stale += 1
        sys.stdout.write(f"{'differs' if check else 'wrote'}: {original.target}\n")
        if not check:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(built)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
