// Sentences that stand in several texts.
#include "alerts/words.h"

#include "tests/catch.h"

using namespace mailcanary;

TEST_CASE("what came late is told apart from what is lost, and nothing is promised that was not seen") {
  const CountedNoun noun = canary_noun;
  struct Row {
    IncidentCounts counts;  // canaries, failed, overdue, delayed_arrived, bounced, lost
    const char* words;
  };
  const Row rows[] = {
      {{44, 0, 0, 41}, "mail is delayed, not lost: 41 of 41 delayed canaries arrived so far"},
      {{44, 0, 9, 32}, "mail is delayed, none is lost so far: 32 of 41 delayed canaries arrived, 9 are still awaited"},
      {{44, 0, 9, 0}, "whether mail is late or lost is not known yet"},
      {{2629, 68, 125, 2172, 0, 68}, "most of it is delayed, not lost: 2172 of 2297 delayed canaries arrived so far, 125 are still awaited"},
      {{2629, 68, 0, 2172, 60, 8}, "what is only delayed does arrive: 2172 of 2172 delayed canaries arrived so far"},
      {{90, 68, 0, 2, 0, 68}, "what is only delayed does arrive: 2 of 2 delayed canaries arrived so far"},
  };
  for (const Row& row : rows) CHECK(delay_words(row.counts, noun) == row.words);
}
