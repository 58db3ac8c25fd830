set(accounts_TEST_SHARDS 2)
