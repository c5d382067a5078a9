"""The sample project of `apitest demo`: files only, copied into the folder that the user names.

services/ is what is deployed into the server, definitions.json the admin calls that make its channels, credentials
and connections, features/ the tests.  No code of the product lives here.
"""
