"""The ConnectWise side: find, capture, batch."""
