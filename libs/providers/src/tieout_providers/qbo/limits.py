"""What QuickBooks Online allows, as documented; its answers do not tell what is left.

https://developer.intuit.com/app/developer/qbo/docs/learn/rest-api-features#limits-and-throttles
"""

REQUESTS_A_MINUTE = 500
"""Per company."""
REQUESTS_A_SECOND = 10
"""Per company and app (an older text of the same page says: 10 at once)."""
BATCHES_A_MINUTE = 40
"""Per company and app."""
MAX_BATCH_ITEMS = 30
MAX_REQUEST_ID_CHARS = 50
MAX_BATCH_REQUEST_ID_CHARS = 36
MAX_BID_CHARS = 10
"""With a request id; our batches always have one."""
PAGE_SIZE = 1000
THROTTLE_WAIT_S = 60.0
"""How long to wait after a 429 that says nothing itself."""
SERVER_TIMEOUT_S = 120.0
"""What takes longer fails on Intuit's side."""
