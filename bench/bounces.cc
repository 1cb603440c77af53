// How well and how fast bounces are read: agreement with a table of truth, column by column, and messages per second on
// one core; beside it GMime's bare parse of the same messages, which tells nothing of their meaning.
// usage: bounces DIR [--rounds N] [--misses]    DIR/mail/ holds one bounce a file, DIR/truth.tsv what each says:
//   file recipient enhanced_status smtp_reply action reason hard_bounce agent scored_status disputed
// Rows with disputed = 1 count for recipients only; scored_status = 0 leaves the status out.
//
// Expected: recipients and statuses at least 99 %, hard or soft 98 %, reasons 95 %; at least 5,000 messages/s.
#include <gmime/gmime.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "bench/kit/bench.h"
#include "core/files.h"
#include "core/text.h"
#include "probes/bounce/bounce.h"

namespace {

using namespace mailcanary;
using namespace mailcanary::bench;

struct Truth {
  std::string file, recipient, status, reply, action, reason, hard, agent;
  bool scored_status = false, disputed = false;
};

std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> cells;
  while (true) {
    const auto tab = line.find('\t');
    cells.emplace_back(line.substr(0, tab));
    if (tab == std::string_view::npos) return cells;
    line.remove_prefix(tab + 1);
  }
}

std::vector<Truth> read_truth(const std::filesystem::path& path) {
  const std::string text = value_or_die(read_file(path));
  std::vector<Truth> rows;
  for (std::size_t begin = text.find('\n') + 1; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    const auto cells = cells_of(std::string_view(text).substr(begin, end - begin));
    begin = end + 1;
    if (cells.size() < 10) die("truth.tsv has a line of fewer than ten columns");
    rows.push_back({cells[0], lower(cells[1]), cells[2], cells[3], cells[4], cells[5], cells[6], cells[7],
                    cells[8] == "1", cells[9] == "1"});
  }
  return rows;
}

class Score {
 public:
  explicit Score(bool show_misses) : show_misses_(show_misses) {}
  void count(const char* column, const Truth& truth, const std::string& seen, const std::string& expected) {
    auto& [good, all] = columns_[column];
    ++all;
    good += seen == expected ? 1 : 0;
    if (seen == expected || !show_misses_) return;
    std::puts(fmt::format("{}: {} of {}: '{}', the table says '{}'", truth.file, column, truth.recipient,
                          one_line(seen), expected)
                  .c_str());
  }
  double percent(const char* column) const {
    const auto& [good, all] = columns_.at(column);
    return all == 0 ? 100.0 : 100.0 * good / all;
  }
  std::string told(const char* column) const {
    const auto& [good, all] = columns_.at(column);
    return fmt::format("{} ({} of {})", column, good, all);
  }

 private:
  bool show_misses_;
  std::map<std::string, std::pair<int, int>> columns_;
};

// A message that names nobody is in the table under a placeholder.
const BounceRow* row_for(const Truth& truth, const BounceMail& mail) {
  for (const auto& row : mail.rows) {
    if (row.recipient == truth.recipient) return &row;
  }
  const bool nobody = truth.recipient.empty() || truth.recipient.ends_with(".invalid");
  return nobody && mail.rows.size() == 1 ? &mail.rows[0] : nullptr;
}

void compare(Score& score, const Truth& truth, const BounceMail& mail) {
  static const BounceRow nothing;
  const BounceRow* found = row_for(truth, mail);
  score.count("recipient", truth, found != nullptr ? truth.recipient : std::string(), truth.recipient);
  const BounceRow& row = found != nullptr ? *found : nothing;
  score.count("reply", truth, row.reply, truth.reply);
  score.count("action", truth, row.action, truth.action);
  score.count("agent", truth, mail.agent, truth.agent);
  if (truth.disputed) return;
  if (truth.scored_status) score.count("status", truth, row.status, truth.status);
  score.count("hard", truth, row.hard ? "1" : "0", truth.hard);
  score.count("reason", truth, row.reason, truth.reason);
}

void parse_with_gmime(const std::string& text) {
  GMimeStream* stream = g_mime_stream_mem_new_with_buffer(text.data(), text.size());
  GMimeParser* parser = g_mime_parser_new_with_stream(stream);
  GMimeMessage* message = g_mime_parser_construct_message(parser, nullptr);
  if (message != nullptr) g_object_unref(message);
  g_object_unref(parser);
  g_object_unref(stream);
}

}  // namespace

int main(int argc, char** argv) {
  std::filesystem::path folder;
  int rounds = 5;
  bool misses = false;
  CLI::App app("How well and how fast bounces are read.");
  app.add_option("DIR", folder, "folder with mail/ and truth.tsv")->required();
  app.add_option("--rounds", rounds, "times all are read for the rate");
  app.add_flag("--misses", misses, "show every difference");
  CLI11_PARSE(app, argc, argv);

  std::map<std::string, std::string> mails;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "mail")) {
    mails.emplace(entry.path().filename().string(), value_or_die(read_file(entry.path())));
  }
  Score score(misses);
  std::size_t surplus = 0, rows = 0;
  std::map<std::string, std::pair<std::size_t, std::size_t>> counts;
  const auto truths = read_truth(folder / "truth.tsv");
  for (const auto& truth : truths) {
    const BounceMail mail = read_bounce_mail(mails[truth.file]);
    compare(score, truth, mail);
    counts[truth.file].first += 1;
    counts[truth.file].second = mail.rows.size();
  }
  for (const auto& [file, count] : counts) {
    rows += count.second;
    if (count.second > count.first) surplus += count.second - count.first;
  }

  std::vector<double> ours, peers;
  g_mime_init();
  for (int round = 0; round < rounds; ++round) {
    std::size_t seen = 0;
    const Cost cost = measure([&] {
      for (const auto& [file, text] : mails) seen += read_bounce_mail(text).rows.size();
    });
    const Cost peer = measure([&] {
      for (const auto& [file, text] : mails) parse_with_gmime(text);
    });
    if (seen == 0) die("no bounce was understood");
    ours.push_back(static_cast<double>(mails.size()) / cost.wall);
    peers.push_back(static_cast<double>(mails.size()) / peer.wall);
  }
  const double rate = percentile(ours, 0.5), peer_rate = percentile(peers, 0.5);

  std::puts(fmt::format("{} messages, {} rows in the table, {} rows read, {} of them not in the table", mails.size(),
                        truths.size(), rows, surplus)
                .c_str());
  for (const auto* column : {"reply", "action", "agent"}) {
    std::puts(fmt::format("  {}: {:.1f} %, not scored", score.told(column), score.percent(column)).c_str());
  }
  std::puts(fmt::format("  GMime's bare parse: {:.0f} messages/s; ours, with the meaning: {:.2f} times that", peer_rate,
                        rate / peer_rate)
                .c_str());
  Expectations expectations;
  expectations.at_least(score.told("recipient"), score.percent("recipient"), 99, "%");
  expectations.at_least(score.told("status"), score.percent("status"), 99, "%");
  expectations.at_least(score.told("hard"), score.percent("hard"), 98, "%");
  expectations.at_least(score.told("reason"), score.percent("reason"), 95, "%");
  expectations.at_least("rate", rate, 5000, "messages/s");
  return expectations.exit_code();
}
