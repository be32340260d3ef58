"""Renders Block Kit as HTML that looks like Slack (messages, a stream and a form), to be judged by a person.

`python -m tests.integrations.slack.picture FILE.html` writes the page; a browser can make a picture of it.
"""

import html
import re
import sys
from pathlib import Path
from typing import Any

from agent.answers import Answer, Citation, Hop
from agent.events import HopStarted, PassagesFound, Token
from integrations.slack.answering import STOPPED
from integrations.slack.blocks import plain, progress_message, render
from integrations.slack.controls import Controls, reasons_view
from integrations.slack.progress import Seen, stopped_answer
from integrations.slack.rights import FOR_ASKER, FOR_MEMBERS

Block = dict[str, Any]
STYLE = """
body{margin:0;background:#fff;font:15px/1.46668 Lato,'Liberation Sans',Arial,sans-serif;color:#1d1c1d}
h2{font-size:13px;color:#616061;margin:18px 20px 4px;text-transform:uppercase;letter-spacing:.05em}
.message{display:flex;padding:8px 20px;max-width:720px}
.face{flex:none;width:36px;height:36px;border-radius:8px;background:#1f3a4d;color:#fff;font:700 20px/36px sans-serif;
text-align:center;margin-right:8px}
.name{font-weight:900}.app{background:#e8e8e8;font-size:10px;border-radius:2px;padding:1px 3px;margin:0 4px}
.time{color:#616061;font-size:12px}
.section{margin:4px 0 8px;white-space:pre-wrap}
.context{color:#616061;font-size:13px;margin:4px 0 8px;white-space:pre-wrap}
hr{border:0;border-top:1px solid #ddd;margin:12px 0}
.button{display:inline-block;border:1px solid #bbb;border-radius:8px;padding:4px 12px;margin:6px 8px 4px 0;
font-weight:700;font-size:13px}
.thumbs span{display:inline-block;color:#616061;border:1px solid #ddd;border-radius:12px;padding:0 8px;margin-right:6px;
font-size:13px}
blockquote{margin:2px 0;border-left:4px solid #ddd;padding-left:8px;display:block}a{color:#1264a3;text-decoration:none}
.task{border:1px solid #ddd;border-radius:8px;padding:6px 10px;margin:4px 0;font-size:13px}
.task b{font-weight:700}.task small{color:#616061;display:block}
.modal{border:1px solid #ddd;border-radius:8px;width:480px;margin:8px 20px 30px;box-shadow:0 8px 24px #0002}
.modal .top{font-weight:900;font-size:18px;padding:14px 20px;border-bottom:1px solid #ddd}.modal .in{padding:8px 20px}
.modal label{font-weight:700;display:block;margin:8px 0 4px}
.modal .box{border:1px solid #bbb;border-radius:4px;height:56px}
.modal .foot{border-top:1px solid #ddd;padding:10px 20px;text-align:right}
"""


def mrkdwn(text: str) -> str:
    """Slack's markup as HTML: links, bold, italic, quotes. The text is escaped already."""
    text = re.sub(
        r"<(https?://[^|>]+)\|([^>]*)>",
        lambda match: f'<a href="{html.escape(match.group(1), quote=True)}">{match.group(2)}</a>',
        text,
    )
    text = re.sub(r"(?<!\w)\*([^*\n]+)\*(?!\w)", r"<b>\1</b>", text)
    lines = [f"<blockquote>{line[2:]}</blockquote>" if line.startswith("> ") else line for line in text.split("\n")]
    return "\n".join(lines).replace("\n<blockquote>", "<blockquote>")


def as_html(block: Block) -> str:
    match block["type"]:
        case "section":
            return f'<div class="section">{mrkdwn(block["text"]["text"])}</div>'
        case "context":
            return f'<div class="context">{" ".join(mrkdwn(element["text"]) for element in block["elements"])}</div>'
        case "divider":
            return "<hr/>"
        case "context_actions":
            return '<div class="thumbs"><span>Helpful</span><span>Not helpful</span></div>'
        case "actions":
            buttons = (html.escape(element["text"]["text"]) for element in block["elements"])
            return "<div>" + "".join(f'<span class="button">{text}</span>' for text in buttons) + "</div>"
        case "task_update":
            mark = {"complete": "&#10003;", "in_progress": "&#8230;"}.get(block["status"], "&#8226;")
            output = f"<small>{html.escape(block['output'])}</small>" if block.get("output") else ""
            return f'<div class="task">{mark} <b>{html.escape(block["title"])}</b>{output}</div>'
        case other:
            raise ValueError(f"no picture of a {other} yet")


def message(blocks: list[Block]) -> str:
    inside = "".join(as_html(block) for block in blocks)
    head = '<span class="name">Hopline</span><span class="app">APP</span><span class="time">10:42</span>'
    return f'<div class="message"><div class="face">H</div><div>{head}{inside}</div></div>'


def form(view: Block) -> str:
    rows = []
    for block in view["blocks"]:
        element = block["element"]
        options = "".join(f"<div>&#9711; {option['text']['text']}</div>" for option in element.get("options", ()))
        rows.append(f"<label>{block['label']['text']}</label>{options or '<div class=box></div>'}")
    foot = f'<span class="button">{view["close"]["text"]}</span><span class="button">{view["submit"]["text"]}</span>'
    top = f'<div class="top">{view["title"]["text"]}</div>'
    return f'<div class="modal">{top}<div class="in">{"".join(rows)}</div><div class="foot">{foot}</div></div>'


def _citation(marker: int, title: str, place: str, quote: str, url: str | None) -> Citation:
    return Citation(
        marker=marker,
        passage_id=f"p{marker}",
        source=f"handbook/{title.lower().replace(' ', '-')}.md",
        title=title,
        locator=place,
        url=url,
        quote=quote,
        start=0,
        end=len(quote),
    )


REFUNDS = _citation(
    *(1, "Refunds", "Approval", "A refund above 500 € is approved by the duty manager."),
    url="https://handbook.acme.test/refunds#:~:text=A%20refund%20above,duty%20manager.",
)
ROLES = _citation(2, "Duty manager", "p. 2", "The duty manager is Lotte Verbeek, in Utrecht.", url=None)
ANSWERED = Answer(
    question="Who approves a refund above 500 €?",
    rewritten_question="Who approves a refund above 500 €?",
    status="answered",
    answer="A refund above 500 € is approved by the duty manager [1], who is Lotte Verbeek in Utrecht [2].",
    confidence=0.86,
    citations=(REFUNDS, ROLES),
    hops=(
        Hop(n=1, kind="search", query="Who approves a refund above 500 €?", passage_ids=("p1",)),
        Hop(n=2, kind="link", query="Duty manager", passage_ids=("p2",)),
    ),
)
PARTIAL = ANSWERED.model_copy(
    update={
        "status": "partial",
        "confidence": 0.63,
        "missing": ("who stands in when she is away",),
        "notes": ("1 statement was withheld: no source supports it.",),
    }
)
DECLINED = ANSWERED.model_copy(
    update={
        "status": "declined",
        "citations": (),
        "hops": (),
        "answer": "I can't answer this from the documents I may read. Missing: the price of parking. Nearest: Canteen.",
    }
)


EVERYTHING = Controls(7, person="the people who look after this")


def seen() -> Seen:
    found = Seen()
    for happened in (
        HopStarted(1, "search", "Who approves a refund above 500 €?", ""),
        PassagesFound(1, ("p1", "p2"), ("Refunds", "Refund policy 2023"), ("refunds.md", "refunds-2023.md")),
        HopStarted(2, "link", "Duty manager", "Refunds"),
        PassagesFound(2, ("p3",), ("Duty manager",), ("roles.md",)),
        Token("A refund above"),
    ):
        found.on(happened)
    return found


def answer_svg() -> str:
    """An answer for the documents: HTML inside of SVG, so that writing it takes no browser."""
    inside = message(render(ANSWERED, evidence=FOR_MEMBERS, controls=EVERYTHING)[0].blocks)
    size = 'width="720" height="344"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}><style>{STYLE}</style><rect {size} fill="#fff"/>'
        f'<foreignObject {size}><body xmlns="http://www.w3.org/1999/xhtml">{inside}</body></foreignObject></svg>\n'
    )


def page() -> str:
    """Every kind of message that people meet."""
    cards: list[Block] = [
        {
            "type": "task_update",
            "title": "Searching: Who approves a refund?",
            "status": "complete",
            "output": "Refunds",
        },
        {"type": "task_update", "title": "Following a link: Duty manager", "status": "in_progress"},
    ]
    stopped = stopped_answer(ANSWERED.question, seen(), STOPPED)
    parts = [
        ("An answer", message(render(ANSWERED, evidence=FOR_MEMBERS, controls=EVERYTHING)[0].blocks)),
        ("Part of an answer", message(render(PARTIAL, evidence=FOR_ASKER, controls=Controls(8))[0].blocks)),
        ("Declined", message(render(DECLINED, controls=Controls(9))[0].blocks)),
        ("While it works, in a channel", message(progress_message(seen()).blocks)),
        ("While it works, in a direct message", message(cards)),
        ("Stopped", message(render(stopped)[0].blocks)),
        (
            "Too much",
            message(plain("That was quick: 6 questions a minute is as many as I can take from one person.").blocks),
        ),
        ("Not helpful: why?", form(reasons_view(7, "C1", "1.0"))),
    ]
    body = "".join(f"<h2>{heading}</h2>{inside}" for heading, inside in parts)
    return f'<!doctype html><meta charset="utf-8"><title>Hopline in Slack</title><style>{STYLE}</style>{body}'


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
