-- One load at a time: a second one waits here until the first has ended, and then sees what it logged. First of all,
-- because any other statement takes the snapshot of the transaction, and one from before the lock shows an old log.
LOCK nyc.load_log
