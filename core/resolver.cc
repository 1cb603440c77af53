#include "core/resolver.h"

#include <netdb.h>

#include <fmt/format.h>

#include "core/crypto.h"
#include "core/text.h"

namespace mailcanary {

namespace {

bool answers(const std::string& name) {
  addrinfo* found = nullptr;
  const int answer = getaddrinfo(name.c_str(), nullptr, nullptr, &found);
  if (found) freeaddrinfo(found);
  return answer != EAI_AGAIN && answer != EAI_SYSTEM && answer != EAI_MEMORY;
}

// A name beside the host's domain that no cache can know, so that whoever says "no such name" has asked the world.
std::string unheard_of_name(const std::string& host) {
  std::string name = host;
  while (name.ends_with('.')) name.pop_back();
  const auto dot = name.rfind('.');
  const std::string top = dot == std::string::npos ? name : name.substr(dot + 1);
  return fmt::format("mailcanary-{}.{}.", lower(to_hex(random_bytes(8))), top);
}

}  // namespace

bool resolver_is_silent(const std::string& host) { return !answers(host) && !answers(unheard_of_name(host)); }

}  // namespace mailcanary
