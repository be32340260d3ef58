"""The price table: what each model's tokens cost, as the operator states it. No price is ever made up.

# HOPLINE_PRICES_FILE: USD per million tokens, by the names that HOPLINE_MODEL and its like use
anthropic:claude-sonnet-5-5: {input: 3.00, cached_input: 0.30, cache_write: 3.75, output: 15.00}
qwen1.5b: {input: 0, output: 0}
"""

from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError

from agent.settings import Settings
from tools.chat.opening import OPENAI
from tools.chat.pricing import Price
from tools.errors import InvalidSetting
from tools.named_files import reason_of

FILE = "HOPLINE_PRICES_FILE"


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")

    input: float = Field(ge=0, allow_inf_nan=False)
    output: float = Field(ge=0, allow_inf_nan=False)
    cached_input: float | None = Field(None, ge=0, allow_inf_nan=False)
    cache_write: float | None = Field(None, ge=0, allow_inf_nan=False)


class _Table(RootModel[dict[str, _Row]]):
    pass


class Prices:
    """The file's price of a model, else the two settings' for HOPLINE_MODEL, else None: unknown is not nothing."""

    def __init__(self, by_model: Mapping[str, Price]) -> None:
        self._by_model = dict(by_model)

    def of(self, model: str) -> Price | None:
        return self._by_model.get(model.removeprefix(OPENAI))


def prices_of(settings: Settings) -> Prices:
    """Blocks while it reads the file; raises InvalidSetting."""
    table: dict[str, Price] = {}
    read, written = settings.model_input_usd_per_million, settings.model_output_usd_per_million
    if settings.model and (read is not None or written is not None):
        table[settings.model.removeprefix(OPENAI)] = Price(read or 0.0, written or 0.0)
    if settings.prices_file is not None:
        table |= _table_at(settings.prices_file)
    return Prices(table)


def _table_at(path: Path) -> dict[str, Price]:
    try:
        rows = _Table.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {}).root
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSetting(f"{FILE}: {path} can't be read ({reason_of(error)}).") from error
    except yaml.YAMLError as error:
        raise InvalidSetting(f"{FILE}: {path} is not YAML ({' '.join(str(error).split())}).") from error
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise InvalidSetting(
            f"{FILE}: {path}: {where or 'the file'}: {problem['msg']}; "
            "write one line per model, NAME: {input: USD, output: USD} per million tokens."
        ) from None
    return {name.removeprefix(OPENAI): Price(**row.model_dump()) for name, row in rows.items()}
