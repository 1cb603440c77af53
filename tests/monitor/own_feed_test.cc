// What we publish is read by what we read others' pages with, in one program.
#include "alerts/status_site.h"
#include "monitor/upstream.h"
#include "tests/alerts/samples.h"
#include "tests/catch.h"

using namespace mailcanary;

TEST_CASE("our reader of other status pages reads our own feeds and our own API") {
  const SiteFiles files = render_site(sample_outage_view());
  const auto says = [&](const char* file) {
    const auto read = read_upstream(files.at(file));
    REQUIRE(read);
    return *read;
  };
  CHECK(says("api/v2/summary.json") == "Major outage: Example Mail");
  CHECK(says("api/v2/status.json") == "Major outage: Example Mail");
  CHECK(says("history.atom").find("Example Mail: mail is not accepted") != std::string::npos);
  CHECK(says("history.rss").find("[Identified] Example Mail: mail is not accepted") != std::string::npos);
}
