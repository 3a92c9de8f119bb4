"""Sessions with a token; one that was refused is fetched anew once, then the connection needs a person."""

from tieout_posting.ledger import Books, Ledger, Session
from tieout_providers.call import Gate


class Sessions:
    """Opens sessions, and remembers whose token the ledger refused."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._refused: set[str] = set()

    async def open(self, books: Books, gate: Gate) -> Session:
        """A session; with a fresh token if the last one was refused. Raises `NoAccess` or a `ProviderError`."""
        return await self._ledger.open(books, gate, fresh=books.name in self._refused)

    def token_refused(self, books: Books) -> bool:
        """Whether a fresh token is worth a try: not if the refused one was fresh already."""
        first = books.name not in self._refused
        self._refused.add(books.name)
        return first

    def token_good(self, books: Books) -> None:
        self._refused.discard(books.name)
