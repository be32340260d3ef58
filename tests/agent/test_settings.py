"""Settings: where they come from, and what a wrong one says."""

from pathlib import Path
from typing import get_args

import pytest
from pydantic.fields import FieldInfo

from agent.idle_settings import idle_settings
from agent.settings import ENV_FILE, Settings, load_settings, variable_of
from tools.errors import InvalidSetting


def _is_a_float(field: FieldInfo) -> bool:
    return float in (field.annotation, *get_args(field.annotation))


def test_settings_have_usable_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOPLINE_HOME")
    settings = load_settings()
    assert settings.home == Path(".hopline")
    assert settings.mode == "extractive"


def test_the_environment_wins_over_the_env_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(ENV_FILE).write_text("HOPLINE_MAX_HOPS=2\nHOPLINE_MODEL=small\n", encoding="utf-8")
    monkeypatch.setenv("HOPLINE_MAX_HOPS", "3")
    settings = load_settings()
    assert (settings.max_hops, settings.model, settings.mode) == (3, "small", "model")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'HOPLINE_MODEL=small\n\nHOPLINE_AUDIT="required\n', ".env:3: can't be understood"),
        (b"HOPLINE_AUDIT required\n", ".env:1: can't be understood"),
        (b"# the audit log\nHOPLINE_AUDIT\n", ".env:2: HOPLINE_AUDIT has no value"),
        (b"HOPLINE_MODEL=small\nHOPLINE_TENANT=caf\xe9\n", ".env:2: is not UTF-8 text"),
    ],
)
def test_an_env_file_that_can_not_be_understood_is_refused(content: bytes, said: str) -> None:
    Path(ENV_FILE).write_bytes(content)
    with pytest.raises(InvalidSetting) as raised:
        load_settings()
    assert str(raised.value).startswith(said)


def test_an_env_file_that_is_no_file_is_refused() -> None:
    Path(ENV_FILE).mkdir()
    with pytest.raises(InvalidSetting, match=r"^\.env: is not a regular file"):
        load_settings()


def test_a_link_to_no_env_file_is_refused() -> None:
    Path(ENV_FILE).symlink_to("nowhere")
    with pytest.raises(InvalidSetting, match=r"^\.env: can't be read"):
        load_settings()


def test_an_env_file_may_have_marks_comments_and_lines_of_others() -> None:
    text = "\ufeffHOPLINE_MAX_HOPS=2 # few\n\nexport OTHER='a\nb'\n# HOPLINE_TOP_K\nHOPLINE_MODEL=\"small\"\nEMPTY=\n"
    Path(ENV_FILE).write_text(text, encoding="utf-8")
    settings = load_settings()
    assert (settings.max_hops, settings.model) == (2, "small")


def test_a_tilde_in_a_path_is_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HOPLINE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    Path(ENV_FILE).write_text("HOPLINE_HOME=~/hopline\nHOPLINE_PRICES_FILE=~/prices.yaml\n", encoding="utf-8")
    settings = load_settings(access_file=Path("~/access.toml"))
    assert (settings.home, settings.prices_file) == (tmp_path / "hopline", tmp_path / "prices.yaml")
    assert settings.access_file == tmp_path / "access.toml"
    with pytest.raises(InvalidSetting, match="HOPLINE_HOME: names the home of an unknown user"):
        load_settings(home="~nobody-of-that-name/x")


def test_an_override_wins_over_the_environment_and_keeps_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOPLINE_MAX_HOPS", "3")
    monkeypatch.setenv("HOPLINE_TOP_K", "7")
    settings = load_settings(max_hops=2)
    assert (settings.max_hops, settings.top_k) == (2, 7)


def test_an_empty_variable_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOPLINE_MODEL", "")
    assert load_settings().model is None


@pytest.mark.parametrize("field", [name for name in Settings.model_fields if name != "audit_key"])
def test_a_blank_variable_is_an_empty_one(monkeypatch: pytest.MonkeyPatch, field: str) -> None:
    monkeypatch.delenv("HOPLINE_HOME")
    monkeypatch.setenv(variable_of(field), " \n")
    assert getattr(load_settings(), field) == Settings.model_fields[field].default


@pytest.mark.parametrize("field", [name for name in Settings.model_fields if name != "audit_key"])
def test_a_value_in_quotation_marks_is_refused_and_not_used_with_them(
    monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    monkeypatch.setenv(variable_of(field), '"4"')
    with pytest.raises(InvalidSetting, match=variable_of(field)):
        load_settings()


def test_what_surrounds_a_value_is_no_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-key\n")
    monkeypatch.setenv("OPENAI_BASE_URL", " http://host/v1 ")
    monkeypatch.setenv("HOPLINE_EMBEDDER", "minilm ")
    monkeypatch.setenv("HOPLINE_ACCESS_FILE", " access.toml")
    settings = load_settings()
    assert settings.openai_api_key is not None
    assert settings.openai_api_key.get_secret_value() == "sk-key"
    assert (settings.openai_base_url, settings.embedder) == ("http://host/v1", "minilm")
    assert settings.access_file == Path("access.toml")


def test_the_key_of_the_audit_log_is_taken_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOPLINE_AUDIT_KEY", f"{'k' * 32}\n")
    key = load_settings().audit_key
    assert key is not None
    assert key.get_secret_value() == f"{'k' * 32}\n"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("HOPLINE_MODEL", '"small"', "HOPLINE_MODEL: stands in quotation marks"),
        ("SLACK_API_URL", "slack.com/api", "SLACK_API_URL: must start with http"),
        ("HOPLINE_MODEL_INPUT_USD_PER_MILLION", "1e308", "HOPLINE_MODEL_INPUT_USD_PER_MILLION: must be a number from"),
        ("HOPLINE_MAX_HOPS", "0", "HOPLINE_MAX_HOPS"),
        ("HOPLINE_MAX_HOPS", "many", "HOPLINE_MAX_HOPS: must be a whole number from 1 to 10 (got 'many')"),
        ("HOPLINE_METRICS_PORT", "http", "HOPLINE_METRICS_PORT: must be a whole number from 0 to 65535"),
        ("HOPLINE_SLACK_USER_PER_DAY", "0", "HOPLINE_SLACK_USER_PER_DAY: must be a whole number of 1 or more"),
        ("HOPLINE_CACHE_SIMILARITY", "2", "HOPLINE_CACHE_SIMILARITY: must be a number from 0.9 to 1"),
        ("HOPLINE_MODERATION", "perhaps", "HOPLINE_MODERATION: must be true or false"),
        ("HOPLINE_AUDIT", "loud", "HOPLINE_AUDIT: must be 'off', 'on' or 'required' (got 'loud')"),
        ("HOPLINE_TENANT", "t" * 200, "HOPLINE_TENANT: must be 1 to 128 characters"),
        ("HOPLINE_MILVUS_URI", "http://", "HOPLINE_MILVUS_URI: must name a host"),
        ("HOPLINE_MILVUS_URI", "http://host:port", "HOPLINE_MILVUS_URI: must name a host"),
        ("HOPLINE_MAXHOPS", "3", "Did you mean HOPLINE_MAX_HOPS?"),
        ("HOPLINE_COLORS_OF_THE_RAINBOW", "7", "HOPLINE_COLORS_OF_THE_RAINBOW is not a setting"),
        ("HOPLINE_MILVUS_URI", "localhost:19530", "HOPLINE_MILVUS_URI: must start with http"),
        ("OPENAI_BASE_URL", "localhost/v1", "OPENAI_BASE_URL: must start with http"),
        ("HOPLINE_COLLECTION", "a-b", "HOPLINE_COLLECTION"),
        ("HOPLINE_LOG_LEVEL", "loud", "HOPLINE_LOG_LEVEL"),
        (
            "HOPLINE_AUDIT_RETENTION_DAYS",
            "99999999",
            "HOPLINE_AUDIT_RETENTION_DAYS: must be a number above 0, 36500 at most (got '99999999')",
        ),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSetting) as raised:
        load_settings()
    assert said in str(raised.value)


@pytest.mark.parametrize("written", ["inf", "nan"])
@pytest.mark.parametrize("field", [name for name, field in Settings.model_fields.items() if _is_a_float(field)])
def test_no_number_is_without_end(field: str, written: str) -> None:
    with pytest.raises(InvalidSetting, match=variable_of(field)):
        load_settings(**{field: written})


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("HOPLINE_AUDIT_KEY", "short-secret-key", "HOPLINE_AUDIT_KEY: must be 32 characters or more"),
        ("HOPLINE_MILVUS_URI", "tcp://root:short-secret-key@milvus:19530", "tcp://[masked]@milvus:19530"),
        ("HOPLINE_MILVUS_URI", "tcp://:a@b/short-secret-key@milvus:19530", "tcp://[masked]@milvus:19530"),
        ("OPENAI_BASE_URL", "user:short-secret-key@host/v1", "OPENAI_BASE_URL: must start with http"),
        ("HOPLINE_MILVUS_URI", "http://ada:a/short-secret-key@milvus:19530", "http://[masked]@milvus:19530"),
        ("HOPLINE_MODEL_AT_ONCE", "sk-short-secret-key", "HOPLINE_MODEL_AT_ONCE: "),
    ],
)
def test_a_wrong_setting_never_tells_a_secret(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, shown: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSetting) as raised:
        load_settings()
    assert "secret-key" not in str(raised.value)
    assert shown in str(raised.value)


def test_a_word_is_taken_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOPLINE_LOG_LEVEL", "DEBUG")
    monkeypatch.setenv("HOPLINE_AUDIT", "Required")
    settings = load_settings()
    assert (settings.log_level, settings.audit) == ("debug", "required")


def test_what_does_nothing_without_another_setting_is_told() -> None:
    assert idle_settings(load_settings()) == []
    set_alone = load_settings(milvus_token="t", milvus_index="hnsw", small_model="s", prices_file="p")
    assert idle_settings(set_alone) == [
        "HOPLINE_MILVUS_TOKEN is set but has no effect: HOPLINE_MILVUS_URI is not.",
        "HOPLINE_MILVUS_INDEX is set but has no effect: HOPLINE_MILVUS_URI is not.",
        "HOPLINE_SMALL_MODEL is set but has no effect: HOPLINE_MODEL is not.",
        "HOPLINE_PRICES_FILE is set but has no effect: HOPLINE_MODEL is not.",
    ]
    together = load_settings(milvus_uri="http://h:1", milvus_token="t", model="m", small_model="s")
    assert idle_settings(together) == []


def test_a_misspelt_override_is_not_echoed() -> None:
    with pytest.raises(InvalidSetting) as raised:
        load_settings(max_hops={"openai_api_key": "short-secret-key"}, audit_key=["short-secret-key"])
    assert "HOPLINE_AUDIT_KEY" in str(raised.value)
    assert str(raised.value).count("short-secret-key") == 0


def test_a_misspelt_name_in_the_env_file_is_found_too() -> None:
    Path(ENV_FILE).write_text("HOPLINE_MODLE=small\n", encoding="utf-8")
    with pytest.raises(InvalidSetting, match="Did you mean HOPLINE_MODEL"):
        load_settings()


def test_no_secret_shows_in_a_settings_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {
        "OPENAI_API_KEY": "sk-hidden1",
        "SLACK_BOT_TOKEN": "xoxb-hidden2",
        "HOPLINE_MILVUS_TOKEN": "root:hidden3",
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    assert "hidden" not in repr(load_settings())
