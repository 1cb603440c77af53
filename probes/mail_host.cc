#include "probes/mail_host.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>

#include "core/text.h"

namespace mailcanary {
namespace {

constexpr std::size_t longest_host = 255;

// Ends of names that have no owner in the public DNS (RFC 6761, RFC 6762, RFC 8375, and habit).
constexpr std::array<std::string_view, 9> inner_ends = {"local",   "localdomain", "internal", "lan",     "intra",
                                                        "private", "home",        "corp",     "localhost"};
// Second labels below which a country sells names: "example.co.uk".
constexpr std::array<std::string_view, 14> shared_seconds = {"co",  "com", "net", "org", "ac", "gov", "edu",
                                                             "gob", "ne",  "or",  "go",  "ad", "ltd", "plc"};

// Second names of a house, so that its inside does not look like two.
struct OtherName {
  std::string_view name, house;
};
constexpr std::array<OtherName, 7> other_names = {{{"office365.com", "outlook.com"},
                                                   {"me.com", "icloud.com"},
                                                   {"mac.com", "icloud.com"},
                                                   {"gmail.com", "google.com"},
                                                   {"googlemail.com", "google.com"},
                                                   {"emailsrvr.com", "rsapps.net"},
                                                   {"ppops.net", "pphosted.com"}}};

struct InnerNet {
  int family;
  std::string_view start;  // of the bits
  unsigned bits;
};
constexpr std::array<InnerNet, 15> inner_nets = {{{AF_INET, "127.0.0.0", 8},
                                                  {AF_INET, "10.0.0.0", 8},
                                                  {AF_INET, "172.16.0.0", 12},
                                                  {AF_INET, "192.168.0.0", 16},
                                                  {AF_INET, "169.254.0.0", 16},
                                                  {AF_INET, "100.64.0.0", 10},
                                                  {AF_INET, "0.0.0.0", 8},
                                                  {AF_INET6, "::1", 128},
                                                  {AF_INET6, "fe80::", 10},
                                                  {AF_INET6, "fc00::", 7},
                                                  {AF_INET6, "2603:1000::", 24},  // between servers of Microsoft 365
                                                  {AF_INET6, "2002:a00::", 24},   // 6to4 of 10.0.0.0/8: Google
                                                  {AF_INET6, "2002:ac10::", 28},
                                                  {AF_INET6, "2002:c0a8::", 32},
                                                  {AF_INET6, "fec0::", 10}}};

struct Bytes {
  int family = 0;
  std::array<unsigned char, 16> at{};
};

Bytes bytes_of(std::string_view address) {
  Bytes bytes;
  const std::string text(address.substr(0, 64));
  for (const int family : {AF_INET, AF_INET6}) {
    if (inet_pton(family, text.c_str(), bytes.at.data()) == 1) {
      bytes.family = family;
      return bytes;
    }
  }
  return bytes;
}

bool in_net(const Bytes& address, const InnerNet& net) {
  if (address.family != net.family) return false;
  const Bytes start = bytes_of(net.start);
  const std::size_t whole = net.bits / 8;
  const unsigned rest = net.bits % 8;
  if (!std::equal(start.at.begin(), start.at.begin() + static_cast<std::ptrdiff_t>(whole), address.at.begin()))
    return false;
  if (rest == 0) return true;
  const unsigned mask = 0xFFu << (8 - rest) & 0xFFu;
  return (start.at[whole] & mask) == (address.at[whole] & mask);
}

std::string_view label_before(std::string_view host, std::size_t end) {
  const auto dot = end == 0 ? std::string_view::npos : host.rfind('.', end - 1);
  return dot == std::string_view::npos ? host.substr(0, end) : host.substr(dot + 1, end - dot - 1);
}

}  // namespace

std::string plain_address(std::string_view text) {
  text = trim(text);
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return {};
    text = text.substr(1, close - 1);
  }
  if (istarts_with(text, "IPv6:")) text.remove_prefix(5);
  text = text.substr(0, text.find('%'));
  if (istarts_with(text, "::ffff:") && text.find('.') != std::string_view::npos) text.remove_prefix(7);
  // inet_pton() would end at a NUL.
  const bool fits = text.size() >= 2 && text.size() <= 64 &&
                    text.find_first_not_of("0123456789abcdefABCDEF.:") == std::string_view::npos;
  if (!fits || bytes_of(text).family == 0) return {};
  return lower(text);
}

bool is_inner_address(std::string_view address) {
  const Bytes bytes = bytes_of(address);
  return std::any_of(inner_nets.begin(), inner_nets.end(), [&](const InnerNet& net) { return in_net(bytes, net); });
}

std::string house_of(std::string_view text) {
  const std::string host = lower(text.substr(0, longest_host));
  std::string_view name = host;
  while (name.ends_with('.')) name.remove_suffix(1);
  if (const auto at = name.rfind('@'); at != std::string_view::npos) name.remove_prefix(at + 1);
  if (!plain_address(name).empty()) {
    // Google writes addresses where others write names.
    return name.starts_with("2002:a") ? "google.com" : "";
  }
  const bool fits = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c < 0;
  });
  if (!fits) return {};
  const auto last = label_before(name, name.size());
  if (last.size() == name.size() || std::find(inner_ends.begin(), inner_ends.end(), last) != inner_ends.end()) return {};
  const auto before_last = name.size() - last.size() - 1;
  const auto second = label_before(name, before_last);
  std::size_t begin = before_last - second.size();
  const bool shared = last.size() == 2 && std::find(shared_seconds.begin(), shared_seconds.end(), second) !=
                                              shared_seconds.end();
  if (shared && begin > 0) begin -= 1 + label_before(name, begin - 1).size();
  name.remove_prefix(begin);
  for (const auto& other : other_names)
    if (name == other.name) return std::string(other.house);
  return std::string(name);
}

}  // namespace mailcanary
