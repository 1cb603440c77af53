// `mailcanary check`: exit code and line of a monitoring plugin, for everything that real servers do to one canary.
#include <algorithm>
#include <regex>

#include "tests/catch.h"
#include "tests/e2e/watch.h"
#include "tests/places.h"

using namespace mailcanary::testbed;
using namespace std::chrono_literals;

namespace {

// One bed for all tests here. An account is in one state for good, so that a test that fails spoils no other.
const std::string routes = R"(
routes:
  - {from: shop, to: watch, every: 5m, late_after: 60s, lost_after: 4h}
  - {from: shop, to: refused}
  - {from: shop, to: deferred}
  - {from: shop, to: junky}
  - {from: shop, to: bouncing}
)";

MailBed& bed() {
  static MailBed bed({{"shop", "watch", "refused", "deferred", "junky", "bouncing"}, 0});
  static const bool faulty = [] {
    bed.refuse(bed.address("refused"), "550 5.7.1 Not today | <b>thanks</b>");
    bed.defer(bed.address("deferred"));
    bed.junk(bed.address("junky"));
    bed.bounce(bed.address("bouncing"));
    return true;
  }();
  static_cast<void>(faulty);
  return bed;
}

std::vector<WatchedAccount> all_accounts() {
  std::vector<WatchedAccount> accounts;
  for (const auto& name : bed().accounts()) accounts.push_back(account_of(bed(), name));
  return accounts;
}

Finished check(const Watch& watch, const std::string& route, const std::string& wait = "30s") {
  return watch.tell({"check", route, "--wait", wait});
}

bool matches(const std::string& line, const std::string& pattern) { return std::regex_match(line, std::regex(pattern)); }
bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const std::string seconds_of_three_digits = R"((\d+\.\d{3})s)";
const std::string ok_line = R"(OK: shop-watch delivered in (\d+\.\d\d) s \| round_trip=)" + seconds_of_three_digits +
                            ";60;14400;0 submit=" + seconds_of_three_digits + " transit=" + seconds_of_three_digits + "\n";

}  // namespace

TEST_CASE("check says in one line that the canary was delivered, and how long it took") {
  // The bed's own file, as it stands in the test bed's manual.
  const auto done = run_program(
      {{program_under_test(), "check", "shop-watch", "-c", bed().configuration().string(), "--wait", "30s"}, {}, {}, {}});
  CAPTURE(done.out);
  CHECK(done.exit_code == 0);
  CHECK(done.err == "");
  std::smatch found;
  REQUIRE(std::regex_match(done.out, found, std::regex(ok_line)));
  const double shown = std::stod(found[1]), round_trip = std::stod(found[2]);
  CHECK(shown == Approx(round_trip).margin(0.006));
  CHECK(round_trip == Approx(std::stod(found[3]) + std::stod(found[4])).margin(0.0021));
}

TEST_CASE("check leaves nothing in the mailbox and the canary in the books") {
  const Watch watch(all_accounts(), routes);
  CHECK(check(watch, "shop-watch").exit_code == 0);
  CHECK(check(watch, "shop-watch").exit_code == 0);
  CHECK(canaries_in(bed(), "watch", watch, "shop-watch") == 0);
  CHECK(balanced_books(watch)["fates"]["delivered"] == 2);
}

TEST_CASE("a canary of another ledger in the mailbox stays there, and holds no check up") {
  const Watch watch(all_accounts(), routes);
  watch.tell({"check", "shop-watch", "--no-wait"});
  REQUIRE(eventually([&] { return canaries_in(bed(), "watch", watch, "shop-watch") == 1; }));
  const std::string stranger = watch.canaries("shop-watch").at(0).at("id");
  for (const char* ending : {"db", "db-wal", "db-shm"}) std::filesystem::remove(watch.file().replace_extension(ending));
  const auto done = check(watch, "shop-watch");
  CAPTURE(done.out);
  CHECK(done.exit_code == 0);
  const auto canaries = watch.canaries("shop-watch");
  REQUIRE(canaries.size() == 1);
  CHECK(canaries[0]["arrival_source"] == "poll");  // it was looked for all the time
  const auto left = messages_in(bed(), "watch");
  CHECK(std::any_of(left.begin(), left.end(), [&](const auto& file) { return has(contents(file), stranger); }));
}

TEST_CASE("check speaks STARTTLS where the configuration demands it") {
  const Watch watch({account_of(bed(), "shop", Wire::starttls), account_of(bed(), "watch", Wire::starttls)}, R"(
routes:
  - {from: shop, to: watch}
)");
  const auto done = check(watch, "shop-watch");
  CAPTURE(done.out);
  CHECK(done.exit_code == 0);
  const auto canaries = watch.canaries("shop-watch");
  REQUIRE(canaries.size() == 1);
  CHECK(has(canaries[0]["stages"].dump(), R"("name":"tls")"));
}

TEST_CASE("what becomes of the canary decides check's word and exit code") {
  struct Row {
    const char *route, *line;
    int code;
  };
  const Row rows[] = {
      {"shop-refused", R"(CRITICAL: shop-refused rejected, rcpt to refused: 550 5\.7\.1 .*Not today / <b>thanks</b>.*\n)", 2},
      {"shop-deferred", R"(CRITICAL: shop-deferred deferred, rcpt to deferred: 452 4\.2\.2 .*over quota.*\n)", 2},
      {"shop-junky", R"(WARNING: shop-junky junked, filed into Junk after \d+\.\d\d s \| round_trip=.*\n)", 1},
      {"shop-bouncing", R"(CRITICAL: shop-bouncing bounced, returned to the sender \(userunknown\): 5\.1\.1 .*does not exist.*\n)", 2},
      {"no-such", R"(UNKNOWN: there is no route no-such; known: shop-watch, .*\n)", 3},
  };
  const Watch watch(all_accounts(), routes);
  for (const auto& row : rows) {
    const auto done = check(watch, row.route);
    CAPTURE(row.line, done.out, done.err);
    CHECK(done.exit_code == row.code);
    CHECK(matches(done.out, row.line));
  }
  const auto books = balanced_books(watch);
  for (const char* fate : {"rejected", "deferred", "junked", "bounced"}) CHECK(books["fates"][fate] == 1);
}

TEST_CASE("our own wrong passwords are unknown, not the provider's failure") {
  const std::string route = "\nroutes:\n  - {from: shop, to: watch}\n";
  const auto shop = account_of(bed(), "shop"), observer = account_of(bed(), "watch");

  const Watch cannot_read({shop, with_wrong_password(bed(), observer)}, route);
  const auto reader = check(cannot_read, "shop-watch");
  CAPTURE(reader.out);
  CHECK(reader.exit_code == 3);
  CHECK(matches(reader.out, R"(UNKNOWN: shop-watch the mailbox of watch cannot be read: log in.*\n)"));

  const Watch cannot_send({with_wrong_password(bed(), shop), observer}, route);
  const auto sender = check(cannot_send, "shop-watch");
  CAPTURE(sender.out);
  CHECK(sender.exit_code == 3);
  CHECK(matches(sender.out, R"(UNKNOWN: shop-watch .*535.*\n)"));
  const auto books = balanced_books(cannot_send);
  CHECK(books["sent"] == 0);
  CHECK(books["fates"]["unknown"] == 1);
}

TEST_CASE("a configuration that cannot be used is unknown for check, with every complaint on standard error") {
  const Watch watch(all_accounts(), "\nroutes:\n  - {from: shop, to: nobody}\n");
  const auto done = check(watch, "shop-watch");
  CHECK(done.exit_code == 3);
  CHECK(matches(done.out, "UNKNOWN: the configuration .* cannot be used\n"));
  CHECK(matches(done.err, R"(mailcanary: .*mailcanary\.yaml:\d+:\d+: .*nobody.*\n)"));
}

TEST_CASE("check without waiting answers for the canary before") {
  const Watch watch(all_accounts(), routes);
  const auto first = watch.tell({"check", "shop-watch", "--no-wait"});
  CHECK(first.exit_code == 3);
  CHECK(first.out == "UNKNOWN: shop-watch sent; no canary of this route is settled yet\n");
  // The one before is found sooner or later, by the first look of a later check.
  Finished later;
  CHECK(eventually([&] {
    later = watch.tell({"check", "shop-watch", "--no-wait"});
    return later.exit_code == 0;
  }));
  CHECK(matches(later.out, R"(OK: shop-watch delivered in .*\n)"));
}

TEST_CASE("a canary that sits in the queue is critical for check, and late in the books when it comes") {
  const Afterwards release{[] { bed().release_queue(); }};
  const Watch watch(all_accounts(), "\nroutes:\n  - {from: shop, to: watch, late_after: 1s, lost_after: 1h}\n");
  bed().hold_queue();
  const auto waited = check(watch, "shop-watch", "2s");
  CAPTURE(waited.out);
  CHECK(waited.exit_code == 2);
  CHECK(waited.out ==
        "CRITICAL: shop-watch not delivered within 2 s, accepted by the server and still looked for\n");
  CHECK(balanced_books(watch)["fates"]["pending"] == 1);

  bed().release_queue();
  // Each check also settles what arrived since.
  CHECK(eventually([&] {
    check(watch, "shop-watch");
    return balanced_books(watch)["fates"]["late"] == 1;
  }));
  const auto books = balanced_books(watch);
  CHECK(books["fates"]["lost"] == 0);
  CHECK(books["fates"]["pending"] == 0);
}

TEST_CASE("with the mail server stopped check is critical and names the step that failed") {
  const Afterwards start{[] { bed().start_postfix(); }};
  const Watch watch(all_accounts(), routes);
  bed().stop_postfix();
  const auto done = check(watch, "shop-watch");
  CAPTURE(done.out);
  CHECK(done.exit_code == 2);
  CHECK(matches(done.out, R"(CRITICAL: shop-watch unreachable, .*connect.*\n)"));
  CHECK(balanced_books(watch)["fates"]["unreachable"] == 1);
}

TEST_CASE("with the mailbox server stopped check cannot know whether mail arrives") {
  const Afterwards start{[] { bed().start_dovecot(); }};
  const Watch watch({sender_without_login(bed(), "shop"), account_of(bed(), "watch")},
                    "\nroutes:\n  - {from: shop, to: watch}\n");
  bed().stop_dovecot();
  const auto done = check(watch, "shop-watch");
  CAPTURE(done.out);
  CHECK(done.exit_code == 3);
  CHECK(matches(done.out, R"(UNKNOWN: shop-watch the mailbox of watch cannot be read: .*connect.*\n)"));
  balanced_books(watch);
}

TEST_CASE("an expired certificate is critical for check, and named") {
  const Afterwards renew{[] { bed().renew_certificate(); }};
  const Watch watch(all_accounts(), routes);
  bed().expire_certificate();
  const auto done = check(watch, "shop-watch");
  CAPTURE(done.out);
  CHECK(done.exit_code == 2);
  CHECK(matches(done.out, R"(CRITICAL: shop-watch unreachable, .*certificate.*expired.*\n)"));
  const auto canaries = watch.canaries("shop-watch");
  REQUIRE(canaries.size() == 1);
  bool tls_stage_failed = false;
  for (const auto& stage : canaries[0]["stages"]) {
    if (stage["name"] == "tls") tls_stage_failed = stage["error"].is_string() && has(stage["error"], "expired");
  }
  CHECK(tls_stage_failed);
}

TEST_CASE("check beside a running daemon leaves the reading to it") {
  const Watch watch(all_accounts(), routes);
  Daemon daemon(watch);
  const auto done = check(watch, "shop-watch");
  CAPTURE(done.out, daemon.log());
  CHECK(done.exit_code == 0);
  CHECK(matches(done.out, ok_line));
  CHECK(eventually([&] { return canaries_in(bed(), "watch", watch, "shop-watch") == 0; }));
  CHECK(daemon.stop().exit_code == 0);
  CHECK(balanced_books(watch)["fates"]["delivered"] >= 1);
}
