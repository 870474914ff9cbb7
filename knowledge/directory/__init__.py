"""Names, needs and places → ranked agencies and meeting bodies. Depends on the catalogue and on text only."""

from knowledge.directory.model import Answer, By, DirectoryError, Entry, Kind, Match, PlaceName
from knowledge.directory.search import Directory, build, open_folder

__all__ = ["Answer", "By", "Directory", "DirectoryError", "Entry", "Kind", "Match", "PlaceName", "build", "open_folder"]
