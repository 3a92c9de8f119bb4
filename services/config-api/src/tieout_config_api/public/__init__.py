"""The public REST API under `/v1`: one module per resource, `door` for what every request passes through."""
