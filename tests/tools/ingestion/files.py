"""Files made for the tests: one of each format, small, with headings, a table and a link."""

import io

import docx
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
