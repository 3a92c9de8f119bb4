"""`python -m tieout_ingest` runs the service alone."""

from tieout_chassis.service import main
from tieout_ingest.app import build

if __name__ == "__main__":
    main(build)
