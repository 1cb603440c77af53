#include "monitor/feed_reader.h"

#include <memory>

#include <expat.h>

namespace mailcanary {
namespace {

constexpr std::size_t longest_text = 2000;
constexpr int deepest = 64;

// "http://www.w3.org/2005/Atom|entry" is "entry".
std::string_view local_name(const char* name) {
  const std::string_view whole = name;
  const auto bar = whole.rfind('|');
  return bar == std::string_view::npos ? whole : whole.substr(bar + 1);
}

struct Reading {
  XML_Parser parser = nullptr;
  FeedEntry entry;
  std::string* into = nullptr;  // of the element that is open
  int depth = 0, entry_depth = 0;
  bool is_feed = false, done = false, refused = false;

  void stop() { XML_StopParser(parser, XML_FALSE); }

  void open(std::string_view name) {
    ++depth;
    if (depth == 1) is_feed = name == "feed" || name == "rss" || name == "RDF";
    if (!is_feed || depth > deepest) {
      refused = true;
      stop();
    } else if (entry_depth == 0) {
      if (name == "entry" || name == "item") entry_depth = depth;
    } else if (depth == entry_depth + 1) {
      if (name == "title" && entry.title.empty()) into = &entry.title;
      const bool date = name == "updated" || name == "pubDate" || name == "date" || name == "published";
      if (date && entry.date.empty()) into = &entry.date;
    }
  }
  void close() {
    if (depth == entry_depth + 1) into = nullptr;
    if (depth == entry_depth && entry_depth > 0) {
      done = true;
      stop();
    }
    --depth;
  }
  void text(std::string_view piece) {
    if (into != nullptr && into->size() < longest_text) into->append(piece.substr(0, longest_text - into->size()));
  }
};

Reading& of(void* data) { return *static_cast<Reading*>(data); }

void on_open(void* data, const char* name, const char**) { of(data).open(local_name(name)); }
void on_close(void* data, const char*) { of(data).close(); }
void on_text(void* data, const char* text, int length) { of(data).text({text, static_cast<std::size_t>(length)}); }
// A document type is where entities that grow without end are made, and no feed needs one.
void on_doctype(void* data, const char*, const char*, const char*, int) {
  of(data).refused = true;
  of(data).stop();
}

}  // namespace

Result<FeedEntry> newest_feed_entry(std::string_view xml) {
  const std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> parser(XML_ParserCreateNS(nullptr, '|'), XML_ParserFree);
  Reading reading;
  reading.parser = parser.get();
  XML_SetUserData(parser.get(), &reading);
  XML_SetElementHandler(parser.get(), on_open, on_close);
  XML_SetCharacterDataHandler(parser.get(), on_text);
  XML_SetStartDoctypeDeclHandler(parser.get(), on_doctype);
  const auto status = XML_Parse(parser.get(), xml.data(), static_cast<int>(xml.size()), XML_TRUE);
  const bool whole = status == XML_STATUS_OK && reading.is_feed;
  if (!reading.refused && (reading.done || whole)) return std::move(reading.entry);
  return Error{ErrorKind::protocol, "it is neither Statuspage's JSON nor an Atom or RSS feed"};
}

}  // namespace mailcanary
