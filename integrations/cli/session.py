"""What every command does first: read the settings, set up the log, say in which mode it answers."""

import logging
import sys
from typing import TYPE_CHECKING

from integrations.cli.output import note

if TYPE_CHECKING:
    from agent.settings import Settings

log = logging.getLogger("hopline.settings")

EXTRACTIVE_NOTE = "no model set (HOPLINE_MODEL): answers quote the documents"


def start(*, checks_home: bool = True, **overrides: object) -> "Settings":
    """Settings from the environment, and a log on stderr at their level; raises InvalidSetting, also for a home that
    can't be one."""
    from agent.home import check_home
    from agent.idle_settings import idle_settings
    from agent.settings import load_settings
    from agent.telemetry.logs import formatter_of

    settings = load_settings(**overrides)
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter_of(settings.log_format))
    logging.basicConfig(handlers=[handler], level=max(level, logging.INFO), force=True)
    for name in ("hopline", "agent", "graph", "tools", "evals", "integrations"):
        logging.getLogger(name).setLevel(level)
    if level > logging.INFO:
        logging.getLogger().setLevel(level)
    for remark in idle_settings(settings):
        log.warning(remark)
    if checks_home:
        check_home(settings)
    return settings


def say_mode(settings: "Settings", *, as_json: bool) -> None:
    if settings.mode == "extractive" and not as_json:
        note(EXTRACTIVE_NOTE)
