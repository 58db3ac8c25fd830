set(journal_TEST_SHARDS 5)
