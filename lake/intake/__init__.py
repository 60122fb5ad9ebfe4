"""Raw files: which there are, what they are, which are due. Knows no formula.

inventory   which files lie in the raw folder, and whose month they are
scan        one pass over the bytes of a file
layout      which layout bytes or columns have
inspection  due files, opened: each gets a layout, or is refused
plan        raw files compared with receipts
"""
