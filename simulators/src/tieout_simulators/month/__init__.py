"""A believable month of a managed service provider, made the same from the same seed.

`build_month` makes the demo's October 2026 with every case a bookkeeper meets; `build_volume` makes large months
without exceptions. The arithmetic is ConnectWise's and shares nothing with the product or with Xero's simulator.
"""

from tieout_simulators.month.build import Month, build_month
from tieout_simulators.month.volume import build_volume

__all__ = ["Month", "build_month", "build_volume"]
