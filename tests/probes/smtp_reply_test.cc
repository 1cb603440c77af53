#include "probes/smtp_reply.h"

#include <vector>

#include "tests/catch.h"

using namespace mailcanary;
using State = SmtpReplyReader::State;

TEST_CASE("a line is the whole of a reply, a part of it, or none") {
  const struct {
    const char* line;
    State state;
    int code;
  } rows[] = {
      {"250 ok", State::complete, 250},  {"250", State::complete, 250},        {"250-first", State::more, 250},
      {"250-", State::more, 250},        {"599 x", State::complete, 599},      {"", State::no_reply, 0},
      {"25", State::no_reply, 0},        {"150 early", State::no_reply, 0},    {"650 late", State::no_reply, 0},
      {"2500 long", State::no_reply, 0}, {"250_under", State::no_reply, 0},    {"2x0 letter", State::no_reply, 0},
      {" 250 x", State::no_reply, 0},    {"HTTP/1.1 400", State::no_reply, 0},
  };
  for (const auto& row : rows) {
    INFO(row.line);
    SmtpReplyReader reader;
    CHECK(reader.add(row.line) == row.state);
    CHECK(reader.trouble().empty() == (row.state != State::no_reply));
    CHECK(reader.take().code == row.code);
  }
}

TEST_CASE("a reply is shown on one safe line with its enhanced status once") {
  const struct {
    std::vector<const char*> lines;
    const char* shown;
  } rows[] = {
      {{"250 ok"}, "250 ok"},
      {{"250"}, "250"},
      {{"550-5.1.1 no such", "550 5.1.1 user"}, "550 5.1.1 no such user"},
      {{"550-5.1.1 no such", "550 5.1.2 user"}, "550 5.1.1 no such 5.1.2 user"},
      {{"550-a", "550-", "550 c"}, "550 a c"},
      {{"250-a", "550 b"}, "550 a b"},
  };
  for (const auto& row : rows) {
    INFO(row.shown);
    SmtpReplyReader reader;
    for (const auto* line : row.lines) reader.add(line);
    CHECK(reader.take().line() == row.shown);
  }
  SmtpReplyReader hostile;
  hostile.add("550 \x1b[2J\rred\xff");
  CHECK(hostile.take().line().find('\x1b') == std::string::npos);
}

TEST_CASE("a reply has an end: lines and text are bounded") {
  SmtpReplyReader reader;
  const std::string line = "250-" + std::string(4000, 'x');
  int lines = 0;
  while (reader.add(line) == State::more) ++lines;
  CHECK(lines == SmtpReplyReader::max_lines);
  CHECK(reader.take().text.size() <= SmtpReplyReader::max_text);
}

TEST_CASE("extensions are read from the lines after the greeting") {
  const auto read = [](std::string text) { return read_extensions({250, std::move(text)}); };
  const auto all = read("host\nPIPELINING\nsize 1000\n8bitmime\nDSN\nLIMITS RCPTMAX=5 MAILMAX=20\nAUTH PLAIN");
  CHECK(all.pipelining);
  CHECK(all.size);
  CHECK(all.eight_bit);
  CHECK(all.dsn);
  CHECK(all.max_messages == 20);
  const auto none = read("PIPELINING DSN");  // a host may be called so
  CHECK_FALSE(none.pipelining);
  CHECK_FALSE(none.dsn);
  CHECK_FALSE(read("host\nXPIPELINING\nDSNX").pipelining);
  CHECK_FALSE(read("host\nLIMITS MAILMAX=0").max_messages.has_value());
  CHECK_FALSE(read("host\nLIMITS MAILMAX=many").max_messages.has_value());
  CHECK_FALSE(read("host\nLIMITS").max_messages.has_value());
  CHECK_FALSE(read("").pipelining);
}

TEST_CASE("xtext keeps printable ASCII and encodes the rest") {
  CHECK(xtext("a@b.example") == "a@b.example");
  CHECK(xtext("a+b=c d") == "a+2Bb+3Dc+20d");
  CHECK(xtext("\r\n\xc3\xa4") == "+0D+0A+C3+A4");
}

TEST_CASE("a message becomes data: dots doubled, the end marked") {
  const struct {
    const char *message, *data;
  } rows[] = {
      {"a\r\n", "a\r\n.\r\n"},     {"a", "a\r\n.\r\n"},
      {".\r\n", "..\r\n.\r\n"},    {"a\r\n.b\r\n..c\r\n", "a\r\n..b\r\n...c\r\n.\r\n"},
      {"a.b\r\n", "a.b\r\n.\r\n"}, {"", "\r\n.\r\n"},
  };
  for (const auto& row : rows) CHECK(as_data(row.message) == row.data);
}
