"""The messages as a picture: a real browser shows every one of them."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.integrations.slack.picture import page

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.mark.skipif(BROWSER is None, reason="no browser is installed (apt-get install chromium)")
@pytest.mark.timeout(120)
def test_a_browser_shows_every_message(tmp_path: Path) -> None:
    assert BROWSER
    (tmp_path / "page.html").write_text(page(), encoding="utf-8")
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--window-size=760,2400"]
    command += [f"--user-data-dir={tmp_path / 'profile'}", f"--screenshot={tmp_path / 'page.png'}"]
    subprocess.run([*command, (tmp_path / "page.html").as_uri()], check=True, capture_output=True, timeout=90)
    from PIL import Image

    with Image.open(tmp_path / "page.png") as picture:
        assert picture.size == (760, 2400)
        shades = [set(picture.crop((0, top, 760, top + 300)).convert("L").tobytes()) for top in range(0, 1800, 300)]
    assert all(min(shade) < 100 and max(shade) == 255 for shade in shades)
