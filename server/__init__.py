"""The integration server.

Floors, from the bottom: `protocols/`, `simpleio/` (pure); `kernel/`, `storage/`; `security/`, `services/`;
`channels/`, `outgoing/`; `admin/`; `cli/`, `main.py`.  Imports go down only.  Start reading at `assemble.py`, the
contents page: every part in start order.  The way of one request is `channels/http_gateway.py`.
"""

VERSION = "0.1.0"
