set(vault_TEST_SHARDS 4)
