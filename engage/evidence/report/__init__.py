"""Reports people look at: one self-contained page of plots and tables.

`page` knows HTML, `plots` and `charts` know matplotlib, every `…_section` turns public
results of `engage.evidence` into panels of words, a plot and its numbers.
"""
