"""The step library: one file a family of sentences; importing this package fills the catalogue with all of them."""

from apitest.steps import http as http
from apitest.steps import http_response as http_response
from apitest.steps import json as json
from apitest.steps import json_lists as json_lists
from apitest.steps import json_request as json_request
