"""What the tests across services stand on: installations and simulators as whole processes."""
