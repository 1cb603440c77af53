// The mails in mails/ are ours: one for each mailer's way to write a bounce, and for each way to break one. What is
// read from them stands in mails/expected.tsv and is compared whole.
#include <algorithm>
#include <filesystem>

#include "core/files.h"
#include "probes/bounce/bounce.h"
#include "tests/catch.h"
#include "tests/places.h"

using namespace mailcanary;

namespace {

const std::filesystem::path folder = testbed::source_folder() / "tests/bounce/mails";

std::string lines_of(const std::string& name, const BounceMail& mail) {
  if (mail.rows.empty()) return name + "\tnone\t\t\t\t\t\t\t\t\n";
  std::string lines;
  for (const auto& row : mail.rows) {
    lines += name;
    for (const std::string& cell : {std::string(name_of(row.kind)), row.recipient, row.action, row.status, row.reply,
                                    row.reason, std::string(row.hard ? "hard" : "soft"), mail.agent, row.diagnostic}) {
      lines += "\t" + cell;
    }
    lines += "\n";
  }
  return lines;
}

std::vector<std::filesystem::path> mails() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".eml") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

TEST_CASE("every mailer's bounce is understood, and every broken one as far as it goes") {
  std::string seen = "file\tkind\trecipient\taction\tstatus\treply\treason\thard\tagent\tdiagnostic\n";
  for (const auto& path : mails()) seen += lines_of(path.stem().string(), read_bounce_mail(read_file(path).value()));
  CHECK(seen == read_file(folder / "expected.tsv").value());
}

TEST_CASE("a bounce may end anywhere, and nothing worse happens than a row less") {
  for (const auto& path : mails()) {
    const std::string whole = read_file(path).value();
    for (std::size_t length = 0; length < whole.size(); length += 7) {
      const BounceMail mail = read_bounce_mail(std::string_view(whole).substr(0, length));
      CHECK(mail.rows.size() <= 2);
    }
  }
}

TEST_CASE("what a report says of the message that came back") {
  const BounceMail mail = read_bounce_mail(read_file(folder / "postfix_unknown_user.eml").value());
  CHECK(mail.reporting_mta == "mx.here.example");
  CHECK(mail.envelope_id == "env-4711");
  CHECK(mail.original_message_id == "<20260114.7f3a@here.example>");
  CHECK(mail.original_header.find("Subject: minutes of the meeting") != std::string::npos);
  REQUIRE(mail.arrival_date.has_value());
  CHECK(mail.arrival_date->time_since_epoch() == std::chrono::seconds(1768381201));
  REQUIRE(mail.rows.size() == 1);
  CHECK(mail.rows[0].remote_mta == "mail.there.example");
}
