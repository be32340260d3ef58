"""The file that names the sources."""

from pathlib import Path

import pytest

from tools.errors import InvalidSetting
from tools.ingestion.parsing.tasks import ParserInProcess
from tools.sources.opening import ingested_folder, open_source
from tools.sources.specs import GitSpec, load_specs

YAML = """\
sources:
  - {name: handbook, kind: folder, location: ~/handbook, watch: true}
  - name: site
    kind: site
    location: https://acme.example
    groups: [people]
  - {name: repo, kind: git, location: "https://github.com/acme/docs", paths: ["docs/*"]}
  - {name: bucket, kind: bucket, location: "s3://acme/docs", bounds: {max_files: 10}}
  - {name: slack, kind: slack-export, location: export.zip, channel_groups: {merger: [board]}}
  - {name: wiki, kind: wiki, location: wiki}
"""


def test_every_kind_is_read_from_yaml_and_toml_alike(tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text(YAML)
    specs = load_specs(tmp_path / "sources.yaml")
    assert [spec.kind for spec in specs] == ["folder", "site", "git", "bucket", "slack-export", "wiki"]
    assert [open_source(spec, ParserInProcess).spec for spec in specs] == list(specs)
    assert ingested_folder(specs[1], tmp_path) == tmp_path / "sources/site"
    (tmp_path / "sources.toml").write_text(
        '[[sources]]\nname = "repo"\nkind = "git"\nlocation = "https://a.example/x"\n'
    )
    assert load_specs(tmp_path / "sources.toml") == (GitSpec(name="repo", kind="git", location="https://a.example/x"),)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "sources:\n  - name: a\n    kind: git\n    location: x\n    pahts: []\n",
            r"sources.yaml:5: source 1, pahts: is no key of this kind of source",
        ),
        (
            "sources:\n  - name: a\n    kind: ftp\n    location: x\n",
            r"yaml:2: source 1, kind: 'ftp' is none of folder, site",
        ),
        ("sources:\n  - {name: a, location: x}\n", r"yaml:2: source 1, kind: is missing; write one of folder, site"),
        ("sources:\n  - {name: ../a, kind: wiki, location: x}\n", r"sources.yaml:2: source 1, name: "),
        ("sources:\n  - kind: wiki\n    name: a\n", r"sources.yaml:2: source 1, location: is missing"),
        (
            "sources:\n- {name: a, kind: wiki, location: x}\n- {name: a, kind: wiki, location: y}\n",
            r":3: there are two",
        ),
        ("sources:\n- {name: a, kind: wiki, location: x, groups: []}\n", r"yaml:2: source 1, groups: groups must list"),
        ("sources:\n- {name: a, kind: bucket, location: x}\n", r"yaml:2: source 1, location: "),
        (
            "sources:\n- {name: a, kind: slack-export, location: x, channel_groups: {m: []}}\n",
            "channel_groups: m must list|channel_groups: groups must list",
        ),
        (
            "sources:\n- {name: a, kind: slack-export, location: x, channel_groups: {m: [a], '#m': [b]}}\n",
            "channel_groups: names a channel twice",
        ),
        ("sources: {a: 1}\n", "must hold a list named sources"),
        ("sources: [\n", "is not valid YAML"),
        ("!!python/object/apply:os.system [id]\n", "is not valid YAML"),
        ("sources:\n- {name: a, kind: git, location: x, ref: '--upload-pack=x'}\n", "ref: "),
    ],
)
def test_a_mistake_is_named_by_line_and_key(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "sources.yaml").write_text(text)
    with pytest.raises(InvalidSetting, match=complaint):
        load_specs(tmp_path / "sources.yaml")


def test_toml_and_missing_files_are_complained_about_too(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text("sources = [")
    with pytest.raises(InvalidSetting, match="is not valid TOML"):
        load_specs(tmp_path / "sources.toml")
    with pytest.raises(InvalidSetting, match=r"HOPLINE_SOURCES_FILE: .*can't be read"):
        load_specs(tmp_path / "nowhere.yaml")
