#include "core/secret.h"

#include <openssl/crypto.h>

namespace mailcanary {

Secret::~Secret() {
  // The whole capacity, not only the length: a moved-from or shortened string still holds the old bytes.
  // Growing to the capacity never allocates.
  value_.resize(value_.capacity());
  OPENSSL_cleanse(value_.data(), value_.size());
}

}  // namespace mailcanary
