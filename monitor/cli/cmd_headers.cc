// The command that reads the header of any message: hops, verdicts, spam score.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "core/files.h"
#include "core/text.h"
#include "monitor/cli/commands.h"
#include "monitor/cli/hop_bars.h"
#include "monitor/cli/trace_text.h"
#include "probes/header_fields.h"
#include "probes/headers.h"
#include "probes/verdicts/spam_score.h"

namespace mailcanary {

namespace {

// The header is at the top; what follows may be as long as it likes.
constexpr std::size_t max_read = 1024 * 1024;

struct Flags {
  std::string file, authserv_id;
  bool json = false;
};

Result<std::string> read_top(const std::string& name) {
  if (name != "-" && std::filesystem::is_directory(name))
    return Error{ErrorKind::io, fmt::format("read {}: it is a folder; name a message in it", one_line(name))};
  std::FILE* file = name == "-" ? stdin : std::fopen(name.c_str(), "rb");
  if (file == nullptr) return Error{ErrorKind::io, fmt::format("read {}: {}", one_line(name), std::strerror(errno))};
  std::string text(max_read, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  const bool failed = std::ferror(file) != 0;
  if (file != stdin) std::fclose(file);
  if (failed) return Error{ErrorKind::io, fmt::format("read {}: the reading failed", one_line(name))};
  return text;
}

// Bare CR from old Macs; blank lines that were pasted before the first field; the separator line of mbox.
std::string header_of(std::string text) {
  if (text.find('\n') == std::string::npos) std::replace(text.begin(), text.end(), '\r', '\n');
  text.erase(0, std::min(text.find_first_not_of("\r\n"), text.size()));
  if (text.starts_with("From ")) text.erase(0, std::min(text.find('\n'), text.size() - 1) + 1);
  return text;
}

nlohmann::ordered_json spam_json(const std::optional<SpamScore>& spam) {
  if (!spam) return nullptr;
  nlohmann::ordered_json json{{"field", spam->field}, {"spam", nullptr}, {"score", nullptr}, {"limit", nullptr}};
  if (spam->spam) json["spam"] = *spam->spam;
  if (spam->score) json["score"] = *spam->score;
  if (spam->limit) json["limit"] = *spam->limit;
  return json;
}

std::string json_text(const std::vector<Hop>& hops, const Judgement& judgement, const std::optional<SpamScore>& spam) {
  const nlohmann::ordered_json ignored = judgement.ignored, server = judgement.server;
  return fmt::format(R"({{"hops":{},"verdicts":{},"authserv_id":{},"not_counted":{},"spam":{}}})", hops_json(hops),
                     verdicts_json(judgement.verdicts), judgement.server.empty() ? "null" : server.dump(),
                     ignored.dump(), spam_json(spam).dump());
}

std::string verdict_lines(const Judgement& judgement) {
  const Verdicts& verdicts = judgement.verdicts;
  const bool any = !verdicts.spf.empty() || !verdicts.dkim.empty() || !verdicts.dmarc.empty();
  std::string text = any ? "" : "verdicts none that the receiving servers wrote\n";
  text += verdicts_text(verdicts);
  if (any && !judgement.server.empty()) text += fmt::format("         verdicts by {}\n", judgement.server);
  for (const auto& server : judgement.ignored)
    text += fmt::format("         not counted, since the sender could have written it: what {} says\n", server);
  return text;
}

int headers(const Flags& flags) {
  auto text = read_top(flags.file);
  if (!text) return complain(text.error());
  const std::string header = header_of(std::move(*text));
  if (!HeaderReader(header).next()) {
    return complain(fmt::format("{}: there is no header field in it; give a whole message or its header",
                                one_line(flags.file)), exit_fault);
  }
  const Journey journey = read_journey(header);
  const Judgement judgement = judge_verdicts(header, flags.authserv_id);
  if (flags.json) {
    std::puts(json_text(journey.hops, judgement, read_spam_score(header)).c_str());
    return exit_done;
  }
  const std::string bars = hop_bars(journey.hops, journey.own, journey.lines);
  const std::string verdicts = verdict_lines(judgement);
  std::fputs(bars.empty() ? "no Received line: it was never handed from server to server\n" : bars.c_str(), stdout);
  if (!verdicts.empty()) std::fputs(("\n" + verdicts).c_str(), stdout);
  return exit_done;
}

}  // namespace

Work add_headers(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  app.add_option("FILE", flags->file, "a message or its header; - is standard input")->required()->type_name("");
  app.add_option("--authserv-id", flags->authserv_id, "count the Authentication-Results of this server and those below it")
      ->type_name("NAME");
  app.add_flag("--json", flags->json, "for programs");
  return [flags] { return headers(*flags); };
}

}  // namespace mailcanary
