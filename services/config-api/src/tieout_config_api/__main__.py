"""`python -m tieout_config_api` runs the service alone."""

from tieout_chassis.service import main
from tieout_config_api.app import build

if __name__ == "__main__":
    main(build)
