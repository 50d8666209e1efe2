"""What a file may ask for, and the refusal of one that asks for more."""

MEMORY_BYTES = 190 * 1024 * 1024  # private memory of the whole process
CPU_SECONDS = 4
MOST_PIXELS = 50_000_000
MOST_DECODED = 128 * 1024 * 1024  # a picture in memory; Pillow keeps four bytes for a pixel in colour, one in grey
TURNED_PIXELS = 14_000_000  # turning upright holds a picture twice
MOST_SCANS = 60  # of a progressive JPEG; real ones have about ten
MOST_OBJECTS = 200_000  # of a PDF
MOST_DEPTH = 40
MOST_MEMBERS = 2_000
MOST_UNPACKED = 200 * 1024 * 1024
MOST_RATIO = 200
SMALL_PART = 1_000_000  # below this a high ratio is no threat
MOST_RELATIONS = 1_000_000  # bytes of one list of relations


class Refused(Exception):  # noqa: N818 (named for what happened)
    """The file is not stored; `code` becomes a sentence in `branchportal.uploads`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
