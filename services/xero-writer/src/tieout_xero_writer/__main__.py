"""`python -m tieout_xero_writer` runs the service alone."""

from tieout_chassis.service import main
from tieout_xero_writer.app import build

if __name__ == "__main__":
    main(build)
