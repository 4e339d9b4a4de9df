"""The service at its edge: the only folder that knows HTTP.

`app` puts routes together, one file for each audience: `browser`, `shop`,
`operations`, `console`. Everything below is reached through `engage.engine`.
"""
