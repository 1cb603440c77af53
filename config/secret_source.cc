#include "config/secret_source.h"

#include <cstdlib>

#include <fmt/format.h>

#include "config/map_reader.h"
#include "core/files.h"
#include "core/result.h"
#include "core/text.h"

namespace mailcanary {
namespace {

constexpr std::size_t longest_secret = 64 * 1024;
constexpr std::string_view write_source = "write {file: PATH}, {env: NAME} or {credential: NAME}";

void strip_line_break(std::string& text) {
  if (!text.empty() && text.back() == '\n') text.pop_back();
  if (!text.empty() && text.back() == '\r') text.pop_back();
}

Result<std::string> from_file(const std::filesystem::path& path) {
  auto read = read_file(path, longest_secret);
  if (!read) return Error{read.error().kind, read.error().message + "; correct the path or its permissions"};
  return read;
}

// From outside the file: the text, or what is wrong and what to do.
Result<std::string> fetch(const std::string& kind, const std::string& name, const std::filesystem::path& folder) {
  if (kind == "file") return from_file(folder / name);
  if (kind == "env") {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr)
      return Error{ErrorKind::not_found, fmt::format("the environment has no {}; set it before starting", name)};
    return std::string(value);
  }
  if (name.find('/') != std::string::npos || name.front() == '.')
    return Error{ErrorKind::invalid_input, "a credential's name is no path; write the name given to LoadCredential="};
  const char* credentials = std::getenv("CREDENTIALS_DIRECTORY");
  if (credentials == nullptr)
    return Error{ErrorKind::not_found,
                 "systemd gave no credentials; start as a unit with LoadCredential=" + name + ":PATH"};
  return from_file(std::filesystem::path(credentials) / name);
}

bool readable_by_all(const std::filesystem::path& path) {
  std::error_code failure;
  const auto status = std::filesystem::status(path, failure);
  return !failure && std::filesystem::is_regular_file(status) &&
         (status.permissions() & std::filesystem::perms::others_read) != std::filesystem::perms::none;
}

std::optional<std::string> read_source(Report& report, YamlPtr node, std::string_view what,
                                       const std::filesystem::path& folder) {
  const MapReader source(report, node, Section::secret, std::string(what));
  if (node->entries.size() != 1) {
    report.error(node->place, fmt::format("{} needs exactly one source; {}", what, write_source));
    return std::nullopt;
  }
  const std::string kind = node->entries.front().key;
  if (kind != "file" && kind != "env" && kind != "credential") return std::nullopt;  // reported as unknown
  const auto name = source.text(kind);
  if (!name) return std::nullopt;
  auto fetched = fetch(kind, *name, folder);
  if (!fetched) {
    report.error(source.place_of(kind), fmt::format("{}: {}", what, fetched.error().message));
    return std::nullopt;
  }
  if (kind == "file" && readable_by_all(folder / *name))
    report.warning(source.place_of(kind),
                   fmt::format("{}: everybody on this machine can read {}; run chmod 600 on it", what, *name));
  return std::move(*fetched);
}

}  // namespace

std::optional<Secret> read_secret(Report& report, YamlPtr node, std::string_view what,
                                  const std::filesystem::path& folder) {
  std::optional<std::string> text;
  if (node->kind == YamlNode::Kind::map) {
    text = read_source(report, node, what, folder);
  } else if (node->kind == YamlNode::Kind::scalar) {
    text = node->text;
    if (!node->text.empty())
      report.warning(node->place, fmt::format("{} stands in the file in plain text; {}", what, write_source));
  } else {
    report.error(node->place, fmt::format("{} must be a secret, not {}; {}", what, name_of(node->kind), write_source));
  }
  if (!text) return std::nullopt;
  strip_line_break(*text);
  if (text->empty()) {
    report.error(node->place, fmt::format("{} is empty; {}", what, write_source));
    return std::nullopt;
  }
  if (text->find_first_of(std::string_view("\0\r\n", 3)) != std::string::npos) {
    report.error(node->place, fmt::format("{} has more than one line; keep only the secret itself", what));
    return std::nullopt;
  }
  return Secret(std::move(*text));
}

}  // namespace mailcanary
