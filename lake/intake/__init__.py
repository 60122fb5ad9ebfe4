"""Raw files: which there are, what they are, which are due. Knows no formula.

inventory   which files lie in the raw folder, and whose month they are
scan        one pass over the bytes of a file
layout      which layout bytes or columns have
precedence  which file may take a month from which
plan        raw files compared with receipts: which files are due
inspection  due files, opened: each gets a layout, or is refused
refusals    notes that keep a refused file from being read again
"""
