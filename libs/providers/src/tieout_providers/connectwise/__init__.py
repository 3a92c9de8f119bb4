"""ConnectWise PSA: the endpoints that the invoice's path needs."""

from tieout_providers.connectwise.client import ConnectWise

__all__ = ["ConnectWise"]
