#include "probes/imap_arrival.h"

#include "core/units.h"
#include "tests/catch.h"

using namespace mailcanary;
using namespace std::chrono_literals;

namespace {

const WallTime noon = *parse_time("2026-11-24T12:00:00Z");

Now at(Duration after_noon) { return {noon + after_noon, MonoTime{} + 1h + after_noon}; }

}  // namespace

TEST_CASE("a poll knows the arrival to the time since the look before it") {
  ArrivalEvidence evidence;
  evidence.seen = at(10120ms);
  evidence.last_look = at(10000ms);
  evidence.noticed = at(10110ms);
  evidence.internal_date = noon + 10s;
  const auto arrival = judge_arrival(evidence, std::nullopt);
  CHECK(arrival.source == ArrivalSource::poll);
  CHECK(arrival.at == noon + 10110ms);
  CHECK(arrival.resolution == 110ms);
  CHECK_FALSE(arrival.clock_skew);
}

TEST_CASE("a push gives its own moment, with a resolution that allows for servers that tell late") {
  ArrivalEvidence evidence;
  evidence.seen = at(20s);
  evidence.last_look = at(0s);
  evidence.noticed = at(19990ms);
  evidence.word = ArrivalEvidence::Word::push;
  const auto arrival = judge_arrival(evidence, std::nullopt);
  CHECK(arrival.source == ArrivalSource::push);
  CHECK(arrival.at == noon + 19990ms);
  CHECK(arrival.resolution == 1s);
  evidence.last_look = at(19800ms);
  CHECK(judge_arrival(evidence, std::nullopt).resolution == 190ms);
}

TEST_CASE("a message cannot have arrived before it was made") {
  ArrivalEvidence evidence;
  evidence.seen = at(20s);
  evidence.last_look = at(0s);
  evidence.noticed = at(19990ms);
  evidence.made = noon + 19900ms;
  auto arrival = judge_arrival(evidence, std::nullopt);
  CHECK(arrival.source == ArrivalSource::poll);
  CHECK(arrival.resolution == 90ms);
  evidence.made = noon + 1h;  // our clock was stepped back since
  arrival = judge_arrival(evidence, std::nullopt);
  CHECK(arrival.resolution == 19990ms);
}

TEST_CASE("after a gap between looks the server's stamp is better, when it lies in the gap") {
  ArrivalEvidence evidence;
  evidence.seen = at(60s);
  evidence.last_look = at(0s);
  evidence.noticed = at(60s);
  evidence.internal_date = noon + 17s;
  auto arrival = judge_arrival(evidence, 250ms);
  CHECK(arrival.source == ArrivalSource::internaldate);
  CHECK(arrival.at == noon + 17s);
  CHECK(arrival.resolution == 1s);
  CHECK(arrival.clock_skew == Duration(250ms));

  evidence.internal_date = noon - 1h;  // copied from elsewhere, or a clock that is wrong
  evidence.received = noon + 16s;
  arrival = judge_arrival(evidence, std::nullopt);
  CHECK(arrival.source == ArrivalSource::received);
  CHECK(arrival.at == noon + 16s);

  evidence.received.reset();
  arrival = judge_arrival(evidence, std::nullopt);
  CHECK(arrival.source == ArrivalSource::poll);
  CHECK(arrival.at == noon + 60s);
  CHECK(arrival.resolution == 60s);

  // With the skew known the same stamp is possible.
  arrival = judge_arrival(evidence, -1h - 30s);
  CHECK(arrival.source == ArrivalSource::internaldate);
  CHECK(arrival.at == noon - 1h);
}

TEST_CASE("a stamp of whole seconds does not put an arrival before the canary was made") {
  ArrivalEvidence evidence;
  evidence.seen = at(5s);
  evidence.last_look = at(-20s);
  evidence.noticed = at(5s);
  evidence.made = noon + 1700ms;
  evidence.internal_date = noon + 1s;
  const auto arrival = judge_arrival(evidence, std::nullopt);
  CHECK(arrival.source == ArrivalSource::internaldate);
  CHECK(arrival.at == noon + 1700ms);
  CHECK(arrival.resolution == 300ms);
  // By a server's clock that is two seconds ahead the same stamp would mean an earlier time.
  evidence.internal_date = noon + 3s;
  CHECK(judge_arrival(evidence, 2s).at == noon + 3700ms);
}

TEST_CASE("what was there before we looked has only stamps") {
  ArrivalEvidence evidence;
  evidence.seen = at(0s);
  evidence.internal_date = noon - 3h;
  evidence.received = noon - 3h - 1s;
  CHECK(judge_arrival(evidence, std::nullopt).source == ArrivalSource::internaldate);
  CHECK(judge_arrival(evidence, std::nullopt).at == noon - 3h);
  evidence.internal_date.reset();
  CHECK(judge_arrival(evidence, std::nullopt).source == ArrivalSource::received);
  evidence.received.reset();
  CHECK(judge_arrival(evidence, std::nullopt).source == ArrivalSource::poll);
  CHECK(judge_arrival(evidence, std::nullopt).resolution == 24h);
}

TEST_CASE("the skew of the server's clock is known better with every message seen arriving") {
  SkewEstimate skew;
  CHECK_FALSE(skew.value());
  // The server's clock is 3.4 s ahead; its stamps have whole seconds; we know each arrival to 100 ms.
  for (const Duration arrived : {100ms, 1250ms, 2590ms, 3710ms, 5050ms, 6330ms, 7899ms}) {
    const auto stamp = std::chrono::floor<std::chrono::seconds>(noon + arrived + 3400ms);
    skew.observe(stamp, noon + arrived + 60ms, 100ms);
  }
  REQUIRE(skew.value());
  CHECK(*skew.value() > 3200ms);
  CHECK(*skew.value() < 3600ms);
}

TEST_CASE("a stepped clock starts the estimate anew") {
  SkewEstimate skew;
  skew.observe(noon, noon + 500ms, 100ms);
  skew.observe(noon + 1h, noon + 500ms, 100ms);
  REQUIRE(skew.value());
  CHECK(*skew.value() > 59min);
}
