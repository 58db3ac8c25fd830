set(tls_TEST_SHARDS 2)
