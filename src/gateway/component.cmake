# Every test runs with OpenSSL's record layer, and with our own, whose handshakes are made beside the
# loop.
set(gateway_TESTS_AGAIN FASTNESS_TEST_RECORD_LAYER=own)
set(gateway_TEST_SHARDS 4)
