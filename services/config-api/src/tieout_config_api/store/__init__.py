"""config-api's rows: `tables`, then one module per resource."""
