"""Fails when what it reads, such as the signs of life of a user interface, pauses for too long.

    PROGRAM | alive.py SECONDS"""

import os
import select
import sys

while select.select([0], [], [], float(sys.argv[1]))[0]:
    if not os.read(0, 65536):
        sys.exit(0)
sys.exit(f"nothing for {sys.argv[1]} s: it has frozen")
