"""The page in a real browser: what `npm test` in tests/browser does, after `npm ci`."""

import os
import shutil
import subprocess
import unittest

from programs import ProgramTest

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "browser")
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


class Page(ProgramTest):
    WATCHDOG = 600

    @unittest.skipUnless(shutil.which("node") and os.path.exists(CHROMIUM)
                         and os.path.exists(os.path.join(FOLDER, "node_modules")),
                         "needs node, chromium, and npm ci in tests/browser")
    def test_it_does_what_a_presenter_asks_of_it(self):
        subprocess.run(["node", "--test"], cwd=FOLDER, check=True)
