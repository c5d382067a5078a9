"""The step library: one file a family of sentences; importing this package fills the catalogue with all of them."""

from apitest import bridge
from apitest.steps import amqp as amqp
from apitest.steps import auth as auth
from apitest.steps import cassandra as cassandra
from apitest.steps import core as core
from apitest.steps import csv as csv
from apitest.steps import data as data
from apitest.steps import dates as dates
from apitest.steps import files as files
from apitest.steps import http as http
from apitest.steps import http_connection as http_connection
from apitest.steps import http_many as http_many
from apitest.steps import http_response as http_response
from apitest.steps import inbox as inbox
from apitest.steps import json as json
from apitest.steps import json_lists as json_lists
from apitest.steps import json_request as json_request
from apitest.steps import mail as mail
from apitest.steps import mock as mock
from apitest.steps import process as process
from apitest.steps import publish as publish
from apitest.steps import redis as redis
from apitest.steps import reuse as reuse
from apitest.steps import schema as schema
from apitest.steps import server as server
from apitest.steps import soap as soap
from apitest.steps import sql as sql
from apitest.steps import sse as sse
from apitest.steps import store as store
from apitest.steps import tables as tables
from apitest.steps import undo as undo
from apitest.steps import websocket as websocket
from apitest.steps import wsdl as wsdl
from apitest.steps import xml as xml
from apitest.steps import xml_request as xml_request
from apitest.steps import zeromq as zeromq

bridge.install()  # where behave itself runs the features, it learns the sentences now
