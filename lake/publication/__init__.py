"""Publication: runs are written once, a receipt says which one counts. Knows no raw file and no formula.

publisher   publishes a month of a data set: the only code that puts a receipt
receipts    what is published of a month
receipt_book
            the receipts of all months of a data set
records     what is read back from storage, told from what only looks like it
commit      one conditional write, carried through every answer that it can get
runs        a run's name, and the names of its folders
run_folder  the folder of one attempt: written, read back, listed
reading     what receipts name, as a DataFrame
manifest, catalog
            projections of the receipts: what Redshift loads by, the partitions in Glue
drift       months that are unlike those before them
orphans     what no receipt names any more
"""
