"""Runs the tests of that name. Ends with 77, which ctest reports as skipped, when none of them
could run. usage: run_tests.py MODULE[.CLASS[.TEST]]"""

import sys
import unittest

result = unittest.main(module=None, verbosity=2, exit=False).result
if result.skipped and result.testsRun <= len(result.skipped):
    sys.exit(77)
sys.exit(not result.wasSuccessful())
