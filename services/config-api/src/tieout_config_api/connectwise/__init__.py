"""Where a tenant's ConnectWise is, and whether its connection is good."""
