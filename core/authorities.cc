#include "core/authorities.h"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

namespace mailcanary {
namespace {

namespace fs = std::filesystem;

constexpr long cached_seconds = 60;  // a file that was replaced must be noticed soon

// "5ed36f99.0": how OpenSSL finds the one authority it needs in a folder.
bool is_hashed_name(const std::string& name) {
  return name.size() >= 10 && name[8] == '.' &&
         std::all_of(name.begin(), name.begin() + 8, [](unsigned char c) { return std::isxdigit(c) != 0; });
}

bool holds_hashed_names(const char* folder) {
  if (folder == nullptr) return false;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (is_hashed_name(entry->path().filename().string())) return true;
  }
  return false;
}

}  // namespace

void trust_authorities(void* easy, const std::string& ca_file) {
  static const bool folder_is_enough = holds_hashed_names(curl_version_info(CURLVERSION_NOW)->capath);
  if (!ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file.c_str());
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  } else if (folder_is_enough) {
    // The system's bundle holds some 140 certificates, and each connection would read them all.
    curl_easy_setopt(easy, CURLOPT_CAINFO, nullptr);
  } else {
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  }
  // Connections of one multi handle share what they read from a file, if no folder is set.
  curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, cached_seconds);
}

}  // namespace mailcanary
