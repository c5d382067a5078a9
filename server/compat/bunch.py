"""`from bunch import Bunch, bunchify, unbunchify`."""

from server.services.bunch import Bunch, bunchify, unbunchify
