// A mail server on a loopback port that plays written dialogues, one for each connection in the order of their
// coming. What the client must say and what the server says is data; a new case of a test is a new text.
// Each connection is played by a thread of its own, so that the code under test can own the event loop.
//
// A dialogue has one step a line (leading blanks and empty lines do not count):
//
//   S: 250 ok           say this line and CRLF
//   s: 250 o            say this without a line end (half an answer); joined with the S: and s: lines around it
//   C: EHLO *           read one line; it must match (* is any run of characters, case matters)
//   C: $tag NOOP        $tag matches one word and keeps it; S: lines may say it: "S: $tag OK done"
//   data                read lines up to the lone dot; the text is kept (see messages())
//   drain               read and forget until the client has nothing more to say or goes away
//   wait NAME           until the test calls signal("NAME")
//   close               close the connection (the end of a dialogue does it too)
//   reset               close it with a TCP reset
//   stall               say nothing more, but keep the connection until the client goes
//   endless TEXT        send TEXT (a blank when none) without a line end until the client goes
//   endless lines TEXT  send the line TEXT again and again until the client goes
//
// \xNN in an S: or s: line is that byte.
// Consecutive S: and s: lines leave in one write, so that the client finds them together.
// Does not: TLS (see tests/servers for that), more dialogues than written: a further connection is closed at once
// and counted as a complaint.
// Threads: the functions below may be called from any thread.
#pragma once
#include <memory>
#include <string>
#include <vector>

namespace mailcanary {

class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<std::string> dialogues);
  ~ScriptedServer();  // closes everything and joins the threads
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  int port() const;
  void signal(const std::string& name);
  // What did not go as written: "connection 1: expected 'DATA', got 'RSET'". Waits until the dialogues of all
  // connections made have ended (so let the client close first); one that no client came for is a complaint.
  std::vector<std::string> complaints();
  std::vector<std::string> said_by_client() const;  // every line read so far, all connections
  std::vector<std::string> messages() const;        // the texts read by `data`, without the lone dot
  int connections() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailcanary
