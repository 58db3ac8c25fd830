// Mbed TLS, which many boards speak, as a tool: relays between standard input and output and a
// server. Usage: mbedtls_client PORT CA CERTIFICATE KEY
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>

static void check(int result, const char* what) {
  if (result == 0) return;
  char why[200];
  mbedtls_strerror(result, why, sizeof why);
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

static void send_all(mbedtls_ssl_context* ssl, const unsigned char* bytes, size_t size) {
  while (size > 0) {
    const int sent = mbedtls_ssl_write(ssl, bytes, size);
    if (sent <= 0) check(sent, "write");
    bytes += sent;
    size -= (size_t)sent;
  }
}

// Until either side ends.
static void relay(mbedtls_ssl_context* ssl, int socket) {
  unsigned char buffer[16384];
  struct pollfd waits[2] = {{STDIN_FILENO, POLLIN, 0}, {socket, POLLIN, 0}};
  for (;;) {
    if (mbedtls_ssl_get_bytes_avail(ssl) == 0 && poll(waits, 2, -1) < 0) exit(1);
    if (mbedtls_ssl_get_bytes_avail(ssl) > 0 || waits[1].revents != 0) {
      const int got = mbedtls_ssl_read(ssl, buffer, sizeof buffer);
      if (got == 0 || got == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) return;
      if (got < 0) check(got, "read");
      if (write(STDOUT_FILENO, buffer, (size_t)got) != got) exit(1);
      continue;
    }
    const ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
    if (got <= 0) return;
    send_all(ssl, buffer, (size_t)got);
  }
}

int main(int count, char** arguments) {
  if (count != 5) {
    fprintf(stderr, "usage: %s PORT CA CERTIFICATE KEY\n", arguments[0]);
    return 2;
  }
  mbedtls_entropy_context entropy;
  mbedtls_ctr_drbg_context random;
  mbedtls_x509_crt anchors;
  mbedtls_x509_crt certificate;
  mbedtls_pk_context key;
  mbedtls_ssl_config config;
  mbedtls_ssl_context ssl;
  mbedtls_net_context net;
  mbedtls_entropy_init(&entropy);
  mbedtls_ctr_drbg_init(&random);
  mbedtls_x509_crt_init(&anchors);
  mbedtls_x509_crt_init(&certificate);
  mbedtls_pk_init(&key);
  mbedtls_ssl_config_init(&config);
  mbedtls_ssl_init(&ssl);
  mbedtls_net_init(&net);

  check(mbedtls_ctr_drbg_seed(&random, mbedtls_entropy_func, &entropy, NULL, 0), "seed");
  check(mbedtls_x509_crt_parse_file(&anchors, arguments[2]), arguments[2]);
  check(mbedtls_x509_crt_parse_file(&certificate, arguments[3]), arguments[3]);
  check(mbedtls_pk_parse_keyfile(&key, arguments[4], NULL), arguments[4]);
  check(mbedtls_net_connect(&net, "localhost", arguments[1], MBEDTLS_NET_PROTO_TCP), "connect");
  check(mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT),
        "defaults");
  mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &random);
  mbedtls_ssl_conf_ca_chain(&config, &anchors, NULL);
  mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_REQUIRED);
  check(mbedtls_ssl_conf_own_cert(&config, &certificate, &key), "own certificate");
  check(mbedtls_ssl_setup(&ssl, &config), "setup");
  check(mbedtls_ssl_set_hostname(&ssl, "localhost"), "name");
  mbedtls_ssl_set_bio(&ssl, &net, mbedtls_net_send, mbedtls_net_recv, NULL);
  check(mbedtls_ssl_handshake(&ssl), "handshake");
  relay(&ssl, net.fd);
  mbedtls_ssl_close_notify(&ssl);
  return 0;
}
