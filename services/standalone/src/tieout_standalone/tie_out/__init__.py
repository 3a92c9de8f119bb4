"""The proof: what ConnectWise says against what the ledger holds, document by document and in total.

Everything here is read from the providers (`/_sim/dump` in the demo), nothing from Tieout's own rows: a mistake of
ours cannot hide itself. Tieout's records are only asked which documents are still in a person's hands. The company's
settings are read a second time, with no code of the rules that plan documents.
"""

from tieout_standalone.tie_out.billed import BilledCompany
from tieout_standalone.tie_out.compare import tie_out
from tieout_standalone.tie_out.result import Difference, TieOut
from tieout_standalone.tie_out.tax_as_lines import TaxAsLines
from tieout_standalone.tie_out.tax_codes import TaxCodes

__all__ = ["BilledCompany", "Difference", "TaxAsLines", "TaxCodes", "TieOut", "tie_out"]
