"""Raw files: which there are, what they are, which are due. Knows no formula.

endings     what a name may end in, beside a month's own
names       what a name says: a month, a month under another name, nothing of ours
inventory   which files lie in the raw folder, and whose month they are
barren      what lies in a raw folder in which no file could be a month
signatures  what a file is by its first bytes, where it is not what its name says
scan        one pass over the bytes of a file
layout      which layout bytes or columns have
identity    what tells the bytes of a file from others, however it was sent
twins       the same bytes under the names of two months
precedence  which file may take a month from which
plan        raw files compared with receipts: which files are due
parquet_footer, parquet_pages
            what a Parquet file says of itself, and whether its pages hold it
thrift      the protocol of a Parquet file's metadata
inspection  due files, opened: each gets a layout, or is refused
refusals    notes that keep a refused file from being read again
"""
