"""`python -m engage`, where the command is not on the path."""

import sys

from engage.cli import main

if __name__ == "__main__":
    sys.exit(main())
