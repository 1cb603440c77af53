#include "monitor/practice/mail_folder.h"

#include <algorithm>

namespace mailcanary::practice {
namespace {
constexpr std::size_t size_limit = 64u << 20;
constexpr std::size_t count_limit = 10'000;

template <class Messages>
auto place_of(Messages& messages, std::uint32_t uid) {
  const auto place = std::lower_bound(messages.begin(), messages.end(), uid,
                                      [](const StoredMail& mail, std::uint32_t wanted) { return mail.uid < wanted; });
  return place != messages.end() && place->uid == uid ? place : messages.end();
}
}  // namespace

const StoredMail* MailFolder::find(std::uint32_t uid) const {
  const auto place = place_of(messages_, uid);
  return place == messages_.end() ? nullptr : &*place;
}

MailFolder::Stored MailFolder::store(std::string bytes, WallTime now) {
  if (messages_.size() >= count_limit || size_ + bytes.size() > size_limit) return Stored::full;
  size_ += bytes.size();
  messages_.push_back({uid_next_++, now, std::make_shared<const std::string>(std::move(bytes)), 0});
  tell_watchers();
  return Stored::done;
}

void MailFolder::set_flags(std::uint32_t uid, unsigned flags) {
  const auto place = place_of(messages_, uid);
  if (place != messages_.end()) place->flags = flags;
}

void MailFolder::remove(std::uint32_t uid) {
  const auto place = place_of(messages_, uid);
  if (place == messages_.end()) return;
  size_ -= place->bytes->size();
  messages_.erase(place);
  tell_watchers();
}

std::shared_ptr<MailFolder::Watcher> MailFolder::watch(Watcher watcher) {
  auto handle = std::make_shared<Watcher>(std::move(watcher));
  watchers_.push_back(handle);
  return handle;
}

void MailFolder::tell_watchers() {
  std::erase_if(watchers_, [](const auto& watcher) { return watcher.expired(); });
  for (const auto& weak : std::vector(watchers_)) {
    if (const auto watcher = weak.lock()) (*watcher)();
  }
}

}  // namespace mailcanary::practice
