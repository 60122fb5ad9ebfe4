"""Where the data lies: the only package that touches storage.

storage, local, s3, aws     one interface to files and objects
commit, receipts, runs      publication: runs are written once, a receipt says which one counts
months, options, outcome    what a run is asked, and what it answers
raw, scan, recognise, recognition, plan
                            raw files: which there are, what they are, which are pending
session, progress           Spark
trips_frames, odd, read_back, verdict, publish_trips
                            raw files to published trips
publish_rides, manifest     published trips to published aggregates
nightly                     what Airflow's own tasks ask: what is pending, what is to be loaded, what was refused
reader, status, expire      for everybody else
"""
