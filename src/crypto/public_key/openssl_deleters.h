#pragma once

struct evp_pkey_st;
struct pkcs8_priv_key_info_st;

namespace fastness::crypto {

// For std::unique_ptr and std::shared_ptr of what OpenSSL allocates.
struct FreePkey {
  void operator()(evp_pkey_st* key) const noexcept;
};
struct FreePkcs8 {
  void operator()(pkcs8_priv_key_info_st* info) const noexcept;
};

}  // namespace fastness::crypto
