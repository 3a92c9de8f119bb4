"""The vault: every secret at rest under a data key of its own, and that under the installation key.

`ring`        the installation's keys, from a file or the environment
`envelope`    the sealed form
`places`      where secrets rest: what a rotation walks
`vault`       sealing and opening, the check at the start, tenants' data keys
`rotation`    another installation key, in slices
"""

from tieout_config_api.vault.places import Place
from tieout_config_api.vault.ring import Ring
from tieout_config_api.vault.vault import Vault

__all__ = ["Place", "Ring", "Vault"]
