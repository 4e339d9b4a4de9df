"""The demo: a shop of invented products that integrates engage as any shop would."""
