"""The demo shop's shelves: one module a category, each with its `PRODUCTS`."""
