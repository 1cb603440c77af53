#include "monitor/practice/imap_search.h"

#include <array>

#include "core/text.h"
#include "monitor/practice/imap_fetch.h"

namespace mailcanary::practice {
namespace {

using namespace std::chrono_literals;
constexpr int depth_limit = 16;

struct FlagKey {
  const char* name;
  MailFlag flag;
  bool wanted;
};
constexpr std::array<FlagKey, 10> flag_keys = {{{"seen", MailFlag::seen, true},
                                                {"unseen", MailFlag::seen, false},
                                                {"deleted", MailFlag::deleted, true},
                                                {"undeleted", MailFlag::deleted, false},
                                                {"answered", MailFlag::answered, true},
                                                {"unanswered", MailFlag::answered, false},
                                                {"flagged", MailFlag::flagged, true},
                                                {"unflagged", MailFlag::flagged, false},
                                                {"draft", MailFlag::draft, true},
                                                {"undraft", MailFlag::draft, false}}};

class SearchParser {
 public:
  explicit SearchParser(const ImapTokens& tokens) : tokens_(tokens) {}

  std::optional<SearchTest> parse_all() {
    if (tokens_.size() > 2 && iequals(tokens_.front().value, "charset")) at_ = 2;
    auto test = parse_list(0);
    return at_ == tokens_.size() ? test : std::nullopt;
  }

 private:
  bool at_end() const { return at_ >= tokens_.size() || tokens_[at_].kind == ImapToken::Kind::close; }
  std::optional<std::string> take_word() {
    if (at_end() || tokens_[at_].kind == ImapToken::Kind::open) return std::nullopt;
    return tokens_[at_++].value;
  }

  // Keys side by side must all hold.
  std::optional<SearchTest> parse_list(int depth) {
    std::vector<SearchTest> tests;
    while (!at_end()) {
      auto test = parse_key(depth);
      if (!test) return std::nullopt;
      tests.push_back(std::move(*test));
    }
    if (tests.empty()) return std::nullopt;
    return [tests = std::move(tests)](const SearchSubject& subject) {
      for (const SearchTest& test : tests)
        if (!test(subject)) return false;
      return true;
    };
  }

  std::optional<SearchTest> parse_key(int depth) {
    if (depth > depth_limit || at_end()) return std::nullopt;
    if (tokens_[at_].kind == ImapToken::Kind::open) {
      ++at_;
      auto inner = parse_list(depth + 1);
      if (!inner || at_ >= tokens_.size()) return std::nullopt;
      ++at_;
      return inner;
    }
    const std::string key = lower(tokens_[at_++].value);
    if (key == "not") {
      auto inner = parse_key(depth + 1);
      if (!inner) return std::nullopt;
      return [inner = std::move(*inner)](const SearchSubject& subject) { return !inner(subject); };
    }
    if (key == "or") {
      auto one = parse_key(depth + 1);
      auto other = one ? parse_key(depth + 1) : std::nullopt;
      if (!other) return std::nullopt;
      return [one = std::move(*one), other = std::move(*other)](const SearchSubject& subject) {
        return one(subject) || other(subject);
      };
    }
    return parse_simple(key);
  }

  std::optional<SearchTest> parse_simple(const std::string& key) {
    if (key == "all") return [](const SearchSubject&) { return true; };
    for (const FlagKey& known : flag_keys)
      if (key == known.name)
        return [known](const SearchSubject& subject) { return subject.mail.has(known.flag) == known.wanted; };
    if (key == "since" || key == "before" || key == "on") return parse_date(key);
    if (key == "subject" || key == "from" || key == "to") return parse_header(key);
    if (key == "header") {
      const auto name = take_word();
      return name ? parse_header(*name) : std::nullopt;
    }
    const bool by_uid = key == "uid";
    const auto text = by_uid ? take_word() : key;
    const auto set = text ? ImapSet::parse(*text) : std::nullopt;
    if (!set) return std::nullopt;
    return [by_uid, set = *set](const SearchSubject& subject) {
      return by_uid ? set.contains(subject.mail.uid, subject.last_uid)
                    : set.contains(subject.number, subject.last_number);
    };
  }

  std::optional<SearchTest> parse_date(const std::string& key) {
    const auto text = take_word();
    const auto day = text ? parse_imap_date(*text) : std::nullopt;
    if (!day) return std::nullopt;
    const WallTime start = key == "before" ? WallTime::min() : *day;
    const WallTime end = key == "since" ? WallTime::max() : key == "on" ? *day + 24h : *day;
    return [start, end](const SearchSubject& subject) {
      return subject.mail.arrived_at >= start && subject.mail.arrived_at < end;
    };
  }

  std::optional<SearchTest> parse_header(const std::string& name) {
    auto text = take_word();
    if (!text) return std::nullopt;
    return [name, text = std::move(*text)](const SearchSubject& subject) {
      return header_contains(*subject.mail.bytes, name, text);
    };
  }

  const ImapTokens& tokens_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<SearchTest> parse_search(const ImapTokens& tokens) { return SearchParser(tokens).parse_all(); }

}  // namespace mailcanary::practice
