"""What the provider tests share: clients on a pretended network, built from plain functions."""

import os
from collections.abc import AsyncIterator

import pytest

from tieout_providers.connectwise import ConnectWise
from tieout_providers.testing import PretendedNetwork
from tieout_providers.xero import Xero, XeroIdentity

# The published API description is reference material outside the project: its tests exist only where it is at hand.
collect_ignore = [] if os.environ.get("TIEOUT_REFERENCE_DIR") else ["test_openapi_subset.py"]


@pytest.fixture
async def network() -> AsyncIterator[PretendedNetwork]:
    pretended = PretendedNetwork()
    yield pretended
    await pretended.aclose()


@pytest.fixture
def connectwise(network: PretendedNetwork) -> ConnectWise:
    return ConnectWise(
        "na.myconnectwise.net",
        "acme",
        public_key="public",
        private_key="private",
        client_id="client-guid",
        http=network.http,
    )


@pytest.fixture
def xero(network: PretendedNetwork) -> Xero:
    return Xero(http=network.http)


@pytest.fixture
def identity(network: PretendedNetwork) -> XeroIdentity:
    return XeroIdentity(http=network.http)
