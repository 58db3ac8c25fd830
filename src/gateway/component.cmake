# Every test runs with OpenSSL's record layer and with our own.
set(gateway_TESTS_AGAIN FASTNESS_TEST_RECORD_LAYER=own)
