"""`from anyjson import dumps, loads` (ruling 50), and the longer names of the same."""

from json import dumps, loads
from json import dumps as serialize
from json import loads as deserialize
