"""Files made for the tests: one of each format, small, with headings, a table and a link."""

import io
from email.message import EmailMessage

import docx
import pptx
import xlsxwriter
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate

MARKDOWN = b"""---
title: Leave policy
updated: 2026-03-01
groups: [people, managers]
aliases: [Holiday rules]
reference: HR-12
superseded_by: leave-2027.md
url: https://handbook.example/leave
---
# Leave policy

Everybody has 28 days. See [the travel guide](../travel/guide.md#booking) and <https://law.example/>.

## Requests

- Ask your manager.
- Enter it in the *calendar*.

| Days | Approver |
|------|----------|
| 1-5  | Manager  |
| 6-28 | [Director](people/director.md) |

[unused]: elsewhere.md
"""

HTML = """<!doctype html><html><head><title>Expenses &amp; travel – Acme</title>
<meta name="groups" content="finance, people"><meta name="updated" content="2026-02-01">
<link rel="canonical" href="https://handbook.example/expenses"><style>p { color: red }</style></head><body>
<nav><a href="/">Home</a></nav><h1>Expenses &amp; travel</h1>
<p>Claim within <b>30 days</b>, see <a href="../hr/leave.md#x">the leave policy</a>.</p>
<ul><li>Keep receipts<ul><li>even small ones</li></ul></li></ul><h2>Limits</h2>
<table><tr><th>Item</th><th>Limit</th></tr><tr><td>Hotel</td><td>100<br>EUR</td></tr></table>
<script>alert("<div>")</script><aside>Advert</aside><footer>© Acme</footer></body></html>""".encode()


def pdf(password: str | None = None) -> bytes:
    styles, buffer = getSampleStyleSheet(), io.BytesIO()
    encrypt = StandardEncryption(password) if password else None
    document = SimpleDocTemplate(buffer, title="Security guide", encrypt=encrypt)
    long = "Badges are worn at all times and visitors are met at the door by the person whom they came to see. " * 4
    document.build(
        [
            Paragraph("Security guide", styles["Title"]),
            Paragraph("Badges", styles["Heading2"]),
            Paragraph(long + 'More in <a href="https://handbook.example/doors">the door rules</a>.', styles["Normal"]),
            PageBreak(),
            Paragraph("Visitors", styles["Heading2"]),
            Paragraph("Visitors sign the book.", styles["Normal"]),
        ]
    )
    return buffer.getvalue()


def word() -> bytes:
    document, buffer = docx.Document(), io.BytesIO()
    document.core_properties.title = "Onboarding"
    document.add_heading("First day", 1)
    document.add_paragraph("Meet your buddy.")
    document.add_paragraph("Get a laptop", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip([*table.rows[0].cells, *table.rows[1].cells], ["Who", "What", "IT", "Laptop"], strict=True):
        cell.text = text
    document.add_paragraph("Welcome!")
    document.save(buffer)
    return buffer.getvalue()


CSV = b"Name;Days;Approver\nAda;28;Grace\nAlan;25;Ada\n"
JSONL = b'{"service": "billing", "owner": {"team": "Payments"}, "tags": ["tier 1", "eu"]}\n\n{"service": "search"}\n'
RST = b"Guide\n=====\n\nHello.\n\nInstall\n-------\n\nRun it.\n"
CODE = b'''"""Leave."""

import sys

# How many days somebody has.
def days(person):
    """Twenty-eight."""

    if person:
        return 28


class Office:
    open = True

    def close(self):
        pass
'''


def slides() -> bytes:
    deck, buffer = pptx.Presentation(), io.BytesIO()
    first = deck.slides.add_slide(deck.slide_layouts[1])
    first.shapes.title.text = "Badges"
    first.placeholders[1].text_frame.text = "Worn at all times"
    paragraph = first.placeholders[1].text_frame.add_paragraph()
    run, link = paragraph.add_run(), paragraph.add_run()
    run.text, link.text = "See the rules, or ", "the rules"
    link.hyperlink.address = "https://handbook.example/doors"
    first.notes_slide.notes_text_frame.text = "Ask about visitors."
    second = deck.slides.add_slide(deck.slide_layouts[5])
    second.shapes.title.text = "Limits"
    table = second.shapes.add_table(2, 2, 0, 0, 900, 900).table
    for place, text in zip([(0, 0), (0, 1), (1, 0), (1, 1)], ["Item", "Limit", "Hotel", "100 EUR"], strict=True):
        table.cell(*place).text = text
    hidden = deck.slides.add_slide(deck.slide_layouts[5])
    hidden.shapes.title.text = "Draft"
    hidden.element.set("show", "0")
    deck.save(buffer)
    return buffer.getvalue()


def workbook(rows: int = 2) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet, hidden = book.add_worksheet("Budget"), book.add_worksheet("Salaries")
        sheet.write_row(0, 0, ["Budget of 2026"])
        sheet.write_row(2, 0, ["Team", "Amount", "Approved"])
        for number in range(rows):
            sheet.write_row(3 + number, 0, [f"Team {number}", 1000.0 + number, True])
        hidden.write_row(0, 0, ["Name", "Salary"])
        hidden.hide()
    return buffer.getvalue()


def mail(*, html_only: bool = False) -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "Ada <ada@acme.example>", "Grace <grace@acme.example>"
    message["Subject"], message["Date"] = "Caf\u00e9 closed", "Mon, 02 Mar 2026 10:00:00 +0000"
    if html_only:
        message.set_content("<h1>Notice</h1><p>See <a href='https://acme.example/x'>the plan</a>.</p>", subtype="html")
    else:
        message.set_content("The caf\u00e9 is closed.\n\nBring lunch.\n")
        message.add_alternative("<p>The caf\u00e9 is closed.</p>", subtype="html")
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="plan.pdf")
    return message.as_bytes()
