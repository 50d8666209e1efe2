"""`python branchportal/file_reader png < picture.png`."""

import sys
from pathlib import Path

# the folder above is on no path of this process, and must not hide the standard library
sys.path.append(str(Path(__file__).resolve().parent.parent))

from file_reader.program import main

sys.exit(main())
