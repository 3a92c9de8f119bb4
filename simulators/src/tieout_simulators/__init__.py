"""Stateful simulators of ConnectWise PSA and Xero."""
