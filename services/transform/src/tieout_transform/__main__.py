"""`python -m tieout_transform` runs the service alone."""

from tieout_chassis.service import main
from tieout_transform.app import build

if __name__ == "__main__":
    main(build)
