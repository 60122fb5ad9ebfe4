"""Publication: runs are written once, a receipt says which one counts. Knows no raw file and no formula.

receipts    what is published of a month, and the book of all months
commit      one conditional write, carried through every answer that it can get
runs        a run's name and its folders
read_back   what was written, read back
publisher   when a month is due
manifest, catalog
projections of the receipts: what Redshift loads by, the partitions in Glue
orphans     what no receipt names any more
"""
