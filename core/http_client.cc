#include "core/http_client.h"

#include <curl/curl.h>

#include <array>
#include <charconv>
#include <fmt/format.h>

#include "core/authorities.h"
#include "core/curl_multi.h"
#include "core/text.h"

namespace mailcanary {

namespace {

constexpr std::size_t max_header_bytes = 64 * 1024;

struct Exchange {
  HttpResponse response;
  std::size_t max_body = 0;
  std::size_t header_bytes = 0;
  bool too_long = false;

  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
    auto& self = *static_cast<Exchange*>(user);
    if (self.response.body.size() + size > self.max_body) {
      self.too_long = true;
      return 0;
    }
    self.response.body.append(data, size);
    return size;
  }

  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) {
    auto& self = *static_cast<Exchange*>(user);
    const std::string_view line(data, size);
    self.header_bytes += size;
    if (self.header_bytes > max_header_bytes) {
      self.too_long = true;
      return 0;
    }
    if (line.starts_with("HTTP/")) {  // a new answer after "100 Continue"
      self.response.headers.clear();
      return size;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return size;
    self.response.headers[lower(trim(line.substr(0, colon)))] = std::string(trim(line.substr(colon + 1)));
    return size;
  }
};

struct Cleanup {
  CurlMulti* multi;
  curl_slist** headers;
  void operator()(CURL* easy) const {
    multi->remove(easy);
    curl_easy_cleanup(easy);
    curl_slist_free_all(*headers);
  }
};

std::optional<Duration> retry_after(const HttpResponse& response, WallTime now) {
  const auto found = response.headers.find("retry-after");
  if (found == response.headers.end()) return std::nullopt;
  const std::string& text = found->second;
  constexpr Duration longest = std::chrono::hours(24);
  long long seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc{} && end == text.data() + text.size()) {
    if (seconds < 0) return std::nullopt;
    return std::min<Duration>(std::chrono::seconds(std::min(seconds, 86400LL)), longest);
  }
  const std::time_t at = curl_getdate(text.c_str(), nullptr);
  if (at < 0) return std::nullopt;
  const Duration wait = WallTime(std::chrono::seconds(at)) - now;
  return std::clamp<Duration>(wait, Duration::zero(), longest);
}

std::string host_of(const std::string& url) {
  CURLU* parsed = curl_url();
  std::string host = "the server";
  char* text = nullptr;
  if (curl_url_set(parsed, CURLUPART_URL, url.c_str(), 0) == CURLUE_OK &&
      curl_url_get(parsed, CURLUPART_HOST, &text, 0) == CURLUE_OK) {
    host = text;
    curl_free(text);
  }
  curl_url_cleanup(parsed);
  return host;
}

ErrorKind kind_of(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT: return ErrorKind::timed_out;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return ErrorKind::invalid_input;
    case CURLE_OUT_OF_MEMORY:  // libcurl's word for a header line past its own bound; since 8.6 it has another
#if LIBCURL_VERSION_NUM >= 0x080600
    case CURLE_TOO_LARGE:
#endif
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_WRITE_ERROR:
    case CURLE_PARTIAL_FILE: return ErrorKind::protocol;
    default: return ErrorKind::unreachable;
  }
}

}  // namespace

Task<Result<HttpResponse>> HttpClient::exchange(HttpRequest request) {
  const std::string host = host_of(request.url);
  for (const auto& header : request.headers) {
    if (header.find_first_of("\r\n") != std::string::npos) {
      co_return Error{ErrorKind::invalid_input, fmt::format("call {}: a header holds a line break", host)};
    }
  }

  Exchange exchange;
  exchange.max_body = request.max_body;
  curl_slist* headers = nullptr;
  for (const auto& header : request.headers) headers = curl_slist_append(headers, header.c_str());
  headers = curl_slist_append(headers, "Expect:");  // no "100-continue" pause for our small bodies

  CURL* raw = curl_easy_init();
  const std::unique_ptr<CURL, Cleanup> easy(raw, Cleanup{&loop_.curl(), &headers});
  curl_easy_setopt(raw, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(raw, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(raw, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (request.method == "HEAD") curl_easy_setopt(raw, CURLOPT_NOBODY, 1L);
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    curl_easy_setopt(raw, CURLOPT_POSTFIELDS, request.body.c_str());
    curl_easy_setopt(raw, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  curl_easy_setopt(raw, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(raw, CURLOPT_USERAGENT, "mailcanary");
  curl_easy_setopt(raw, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(raw, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(raw, CURLOPT_QUICK_EXIT, 1L);  // else a time-out waits for the thread that still asks for the name
  curl_easy_setopt(raw, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(request.deadline).count()));
  curl_easy_setopt(raw, CURLOPT_WRITEFUNCTION, &Exchange::on_body);
  curl_easy_setopt(raw, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(raw, CURLOPT_HEADERFUNCTION, &Exchange::on_header);
  curl_easy_setopt(raw, CURLOPT_HEADERDATA, &exchange);
  trust_authorities(raw, request.ca_file);

  const CURLcode code = co_await loop_.curl().perform(raw);
  if (exchange.too_long) {
    co_return Error{ErrorKind::protocol, fmt::format("call {}: the answer is longer than {} bytes", host, request.max_body)};
  }
  if (code != CURLE_OK) {
    // libcurl's general words only: its detailed text may repeat the URL, which may be the secret.
    co_return Error{kind_of(code), fmt::format("call {}: {}", host, lower(curl_easy_strerror(code)))};
  }
  long status = 0;
  curl_easy_getinfo(raw, CURLINFO_RESPONSE_CODE, &status);
  exchange.response.status = static_cast<int>(status);
  exchange.response.retry_after = retry_after(exchange.response, loop_.now().wall);
  co_return std::move(exchange.response);
}

}  // namespace mailcanary
