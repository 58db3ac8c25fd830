set(identity_TEST_SHARDS 2)
