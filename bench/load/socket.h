// What every kind of connection of the generator begins with.
#pragma once

#include <string>

namespace fastness::load {

// A socket that does not block, connecting to that port of 127.0.0.1. The caller closes it.
int connecting_socket(int port);

// Why OpenSSL's last call failed, in its words.
std::string openssl_reason();

}  // namespace fastness::load
