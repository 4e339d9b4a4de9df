"""The steps of the street, one file each, put in order by `engage.engine`.

`notice` (features, scores, examples), `decide` (gate, policy, draw, record),
`outcomes` (what the browser reports), `till` (orders and codes), `closings` (rewards).
"""
