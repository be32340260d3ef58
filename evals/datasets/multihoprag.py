"""MultiHop-RAG's official pair of files: `MultiHopRAG.json` (questions) and `corpus.json` (news articles).

Shape: `{query, answer, question_type, evidence_list: [{title, url, fact, …}]}` over `{title, body, url, source,
published_at, …}`. A supporting id is an article: its passages count for it.
"""

from pathlib import Path

from pydantic import Field

from evals.datasets.paragraphs import ParagraphPool, absent_id, digest_of
from evals.datasets.questions import Dataset, Question
from evals.datasets.rows import RowShape, read_rows
from tools.errors import InvalidDataset

QUESTIONS_FILE = "MultiHopRAG.json"
CORPUS_FILE = "corpus.json"
UNANSWERABLE = "null_query"


class ArticleRow(RowShape):
    title: str
    body: str
    url: str | None = None
    source: str | None = None
    published_at: str | None = None


class EvidenceRow(RowShape):
    title: str
    url: str | None = None


class QueryRow(RowShape):
    query: str = Field(min_length=1)
    answer: str
    question_type: str
    evidence_list: tuple[EvidenceRow, ...] = ()


def load_multihoprag(path: Path) -> Dataset:
    """`path` is the questions file; the articles are read from `corpus.json` beside it."""
    articles = path.with_name(CORPUS_FILE)
    if not articles.is_file():
        raise InvalidDataset(f"{path}: MultiHop-RAG needs {CORPUS_FILE} beside it; download both official files.")
    pool = ParagraphPool()
    by_url: dict[str, str] = {}
    by_title: dict[str, str] = {}
    for row in read_rows(articles):
        article = row.as_shape(ArticleRow)
        # Questions also ask who wrote an article and when, so this is put into the text.
        byline = ", ".join(part for part in (article.source, article.published_at) if part)
        identifier = pool.add(article.title, f"{byline}\n\n{article.body}" if byline else article.body, article.url)
        by_url.setdefault(article.url or "", identifier)
        by_title.setdefault(article.title, identifier)
    questions = []
    for number, row in enumerate(read_rows(path), start=1):
        query = row.as_shape(QueryRow)
        ids = dict.fromkeys(
            (by_url.get(item.url) if item.url else None) or by_title.get(item.title) or absent_id(item.title)
            for item in query.evidence_list
        )
        questions.append(_question(f"mhr-{number}", query, tuple(ids)))
    rows = pool.rows
    return Dataset("multihoprag", tuple(questions), rows, frozenset(row.id for row in rows), digest_of(rows))


def _question(identifier: str, query: QueryRow, supporting_ids: tuple[str, ...]) -> Question:
    answerable = query.question_type != UNANSWERABLE
    return Question(
        id=identifier,
        question=query.query,
        answers=(query.answer,) if answerable else (),
        supporting_ids=supporting_ids,
        type=query.question_type,
        hops=len(supporting_ids) or None,
        answerable=answerable,
    )
