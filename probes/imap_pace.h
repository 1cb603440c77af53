// When to look at a mailbox. Many looks while a young canary is on its way,
// since each look bounds the time of its arrival; few when the ones outstanding are old: they may never come.
// Where a look is a login, servers count them: bounces are looked for less often, and looks that find nothing make the
// next ones rare, whatever is sent meanwhile. Pure logic; one thread.
#pragma once
#include <algorithm>
#include <vector>

#include "core/clock.h"
#include "core/ids.h"

namespace mailcanary {

class LookPace {
 public:
  enum class Cost { a_question, a_login };
  struct Settings {
    Duration quick_look{}, junk_look{}, heartbeat{};
    Cost cost = Cost::a_question;
  };
  explicit LookPace(Settings settings) : settings_(settings) {}

  // The caller's count of canaries outstanding. More than known so far: that many are young from now on.
  void expect(int outstanding, Now now);
  // How many canaries sent from here are outstanding: their bounces would come here, mostly within minutes.
  void expect_returns(int outstanding, Now now);
  // One came: it is no longer outstanding, young or old (the time in its id tells which it was).
  void seen(const CanaryId& id);
  // What a look found, of canaries and bounces.
  enum class Found { nothing, something };
  void looked(Found found);

  // Is a canary on its way that was sent within the last ten seconds?
  bool quick(MonoTime now) const;
  // When the next look is due if the server does not push: every second while a bounce may come of a canary sent within
  // the last ten minutes (and, while quick(), even if it does: a push may be late).
  // With a login each: every five seconds at first, ever more rarely as long as any canary stays unaccounted for. When
  // ten looks in a row have found nothing of what should arrive, they become rare too. The first quick look comes a
  // while after the canary was sent: none arrives at once.
  MonoTime look_due(MonoTime last_look, MonoTime now) const;
  // When a look that is asked for may be: at once, or with a login each, as late as others when they have found
  // nothing.
  MonoTime asked_look_due(MonoTime last_look, MonoTime now) const { return std::max(now, last_look + tiredness()); }
  // When the Junk folder is to be looked at next. Counts from the oldest young canary when there is one, so that one
  // that arrives quickly costs no look at all.
  MonoTime junk_due(MonoTime last_look, MonoTime now) const;

 private:
  // The oldest that is still young; null: none.
  const Now* oldest_young(MonoTime now) const;
  Duration age_of_newest(MonoTime now) const;
  Duration bounce_pause(MonoTime now) const;
  Duration tiredness() const;

  Settings settings_;
  int outstanding_ = 0, returning_ = 0;
  std::vector<Now> waiting_;  // when those outstanding were sent, the oldest first; bounded
  MonoTime last_expected_{}, last_returning_{}, first_returning_{};
  int fruitless_ = 0;  // looks since something was found, while something was outstanding
};

}  // namespace mailcanary
