// Zabbix speaks no HTTP: the same behaviours as in channel_behaviours_test.cc, on its own protocol.
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <nlohmann/json.hpp>

#include "tests/alerts/channel_bed.h"
#include "tests/alerts/golden.h"

using namespace mailcanary;
using namespace std::chrono_literals;
using Outcome = Delivery::Outcome;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

std::string frame(const std::string& json, std::size_t length) {
  std::string bytes("ZBXD\x01", 5);
  for (int shift : {0, 8, 16, 24}) bytes += static_cast<char>(length >> shift & 0xff);
  return bytes + std::string(4, '\0') + json;
}
std::string frame(const std::string& json) { return frame(json, json.size()); }

struct Server {
  explicit Server(EventLoop& loop) : acceptor(loop.executor(), tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0)) {}
  tcp::acceptor acceptor;
  std::string answer, request;
  bool reset = false, silent = false;
};

// One connection: the request is read by its own length, then answered.
asio::awaitable<void> serve(Server* server) {
  boost::system::error_code failure;
  tcp::socket socket = co_await server->acceptor.async_accept(asio::redirect_error(asio::use_awaitable, failure));
  if (failure) co_return;
  std::string header(13, '\0');
  co_await asio::async_read(socket, asio::buffer(header), asio::redirect_error(asio::use_awaitable, failure));
  if (failure) co_return;
  std::size_t length = 0;
  for (std::size_t i = 0; i < 4; ++i) length |= static_cast<std::size_t>(static_cast<unsigned char>(header[5 + i])) << (8 * i);
  std::string body(length, '\0');
  co_await asio::async_read(socket, asio::buffer(body), asio::redirect_error(asio::use_awaitable, failure));
  server->request = header + body;
  if (server->reset) {
    socket.set_option(asio::socket_base::linger(true, 0));
    socket.close();
    co_return;
  }
  if (!server->silent)
    co_await asio::async_write(socket, asio::buffer(server->answer), asio::redirect_error(asio::use_awaitable, failure));
  // The client closes.
  char byte = 0;
  co_await asio::async_read(socket, asio::buffer(&byte, 1), asio::redirect_error(asio::use_awaitable, failure));
}

struct Bed {
  EventLoop loop;
  HttpClient http{loop};
  Server server{loop};
  std::unique_ptr<ChannelAdapter> adapter;

  explicit Bed(std::string answer, Duration timeout = 10s) {
    server.answer = std::move(answer);
    Channel channel;
    channel.name = ChannelName("zabbix");
    channel.kind = "zabbix";
    channel.timeout = timeout;
    const std::string address = "127.0.0.1:" + std::to_string(server.acceptor.local_endpoint().port());
    channel.settings = {{"server", {address, {}}}, {"host", {"mx1", {}}}, {"key", {"mail.state", {}}}, {"text_key", {"mail.text", {}}}};
    auto made = make_channel({loop, http}, channel);
    REQUIRE(made);
    adapter = std::move(*made);
    loop.spawn(serve(&server));
  }
  ~Bed() { loop.abandon(); }
  Delivery deliver() {
    Delivery delivery;
    loop.run_until_done(deliver_into(adapter.get(), sample_notice(), &delivery));
    return delivery;
  }
};

}  // namespace

TEST_CASE("Zabbix gets the state as a number and the words as text, in one frame") {
  Bed bed(frame(R"({"response":"success","info":"processed: 2; failed: 0; total: 2; seconds spent: 0.000055"})"));
  const Delivery delivery = bed.deliver();
  CAPTURE(delivery.detail);
  CHECK(delivery.outcome == Outcome::delivered);
  REQUIRE(bed.server.request.starts_with("ZBXD\x01"));
  check_golden("channels/zabbix.txt", nlohmann::ordered_json::parse(bed.server.request.substr(13)).dump(2) + "\n");
}

TEST_CASE("all is well is told to Zabbix too") {
  Bed bed(frame(R"({"response":"success","info":"processed: 2; failed: 0; total: 2; seconds spent: 0.1"})"));
  CHECK(bed.adapter->repeat_every() > Duration::zero());
  Delivery delivery;
  bed.loop.run_until_done(repeat_into(bed.adapter.get(), {}, &delivery));
  CHECK(delivery.outcome == Outcome::delivered);
  CHECK(bed.server.request.find(R"("key":"mail.state","value":"0")") != std::string::npos);
}

TEST_CASE("what Zabbix may answer, and what it means") {
  struct Row {
    const char* sentence;
    std::string answer;
    const char* detail;
  };
  const Row rows[] = {
      {"an item that is not there fails inside a success",
       frame(R"({"response":"success","info":"processed: 0; failed: 2; total: 2; seconds spent: 0.1"})"), "failed-2"},
      {"a request that it does not understand", frame(R"({"response":"failed","info":"unsupported"})"), "failed"},
      {"a web server", "HTTP/1.1 400 Bad Request\r\n\r\n", "the answer is none of Zabbix"},
      {"an answer without end", frame("", 0xffffffff), "the answer is none of Zabbix"},
      {"no JSON", frame("<html>"), "failure inside"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.sentence);
    Bed bed(row.answer);
    const Delivery delivery = bed.deliver();
    CAPTURE(delivery.detail);
    CHECK(delivery.outcome == Outcome::retry_later);
    CHECK(delivery.detail.find(row.detail) != std::string::npos);
  }
}

TEST_CASE("a Zabbix that is silent, or breaks off, is told again") {
  Bed silent("", 100ms);
  silent.server.silent = true;
  CHECK(silent.deliver().outcome == Outcome::retry_later);
  Bed broken("");
  broken.server.reset = true;
  CHECK(broken.deliver().outcome == Outcome::retry_later);
  Bed gone("");
  gone.server.acceptor.close();
  CHECK(gone.deliver().outcome == Outcome::retry_later);
}

TEST_CASE("a Zabbix server that cannot be one is refused at the start") {
  EventLoop loop;
  HttpClient http(loop);
  Channel channel;
  channel.name = ChannelName("z");
  channel.kind = "zabbix";
  channel.settings = {{"server", {"zabbix.example:99999", {}}}, {"host", {"mx1", {}}}, {"key", {"mail.state", {}}}};
  CHECK_FALSE(make_channel({loop, http}, channel));
}
