"""Whether the server in this container is alive: exit code 0 or 1, for HEALTHCHECK."""

import http.client
import os
import sys

try:
    # No proxy of the environment's comes in between, as one would with urllib.
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT") or 8000), timeout=2)
    connection.request("GET", "/healthz")
    sys.exit(connection.getresponse().status != 200)
except (OSError, http.client.HTTPException) as error:
    sys.exit(f"no answer: {error}")
