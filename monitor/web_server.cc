#include "monitor/web_server.h"

#include <algorithm>
#include <list>
#include <map>

#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include "core/log.h"
#include "core/text.h"
#include "monitor/web_syntax.h"

namespace mailcanary {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
constexpr auto await = asio::as_tuple(asio::use_awaitable);

namespace {

constexpr std::size_t header_limit = 8 * 1024;
constexpr std::size_t unread_limit = 64 * 1024;

using Request = http::request<http::empty_body>;
// The body is a view: one string serves every client that asks for it.
using Response = http::response<http::span_body<const char>>;

// Tags by body, so that a shared body is hashed once. Remembers a body only while somebody holds it.
class EntityTags {
 public:
  std::string of(const std::shared_ptr<const std::string>& body) {
    if (const auto known = tags_.find(body.get()); known != tags_.end() && known->second.body.lock() == body)
      return known->second.tag;
    if (tags_.size() >= limit) std::erase_if(tags_, [](const auto& entry) { return entry.second.body.expired(); });
    if (tags_.size() >= limit) tags_.clear();
    return tags_.insert_or_assign(body.get(), Entry{body, entity_tag(*body)}).first->second.tag;
  }

 private:
  static constexpr std::size_t limit = 256;
  struct Entry {
    std::weak_ptr<const std::string> body;
    std::string tag;
  };
  std::map<const std::string*, Entry> tags_;
};

struct Connection {
  explicit Connection(tcp::socket socket) : stream(std::move(socket)) {}
  beast::tcp_stream stream;
  beast::flat_buffer buffer{2 * header_limit};
};
using Connections = std::list<std::shared_ptr<Connection>>;

// Shared by the server object and its coroutines; whoever is last frees it. After close() nothing calls the handler.
struct Server {
  Server(EventLoop& l, WebServer::Handler h, WebLimits bounds)
      : loop(l), acceptor(l.executor()), handler(std::move(h)), limits(bounds) {}
  EventLoop& loop;
  tcp::acceptor acceptor;
  WebServer::Handler handler;
  WebLimits limits;
  EntityTags tags;
  Connections idle, busy;  // idle: the longest idle one first
  bool closed = false;

  void close() {
    closed = true;
    handler = nullptr;
    beast::error_code ignored;
    acceptor.close(ignored);
    for (const auto& connection : idle) connection->stream.close();
    for (const auto& connection : busy) connection->stream.close();
  }
  // False when there is no room and no idle connection to close instead.
  bool make_room() {
    if (idle.size() + busy.size() < limits.connections) return true;
    if (idle.empty()) return false;
    idle.front()->stream.close();
    idle.pop_front();
    return true;
  }
  static void move(const std::shared_ptr<Connection>& connection, Connections& from, Connections& to) {
    const auto place = std::find(from.begin(), from.end(), connection);
    if (place != from.end()) to.splice(to.end(), from, place);
  }
};

struct Reply {
  Response response;
  std::shared_ptr<const std::string> body;  // what the response's view looks at
};

Reply make_reply(Server& server, WebAnswer answer, unsigned version) {
  static const auto nothing = std::make_shared<const std::string>();
  Reply reply{Response(static_cast<http::status>(answer.status), version), answer.body ? answer.body : nothing};
  auto& response = reply.response;
  response.set(http::field::date, format_http_date(server.loop.now().wall));
  response.set(http::field::content_type, answer.content_type);
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Content-Security-Policy", answer.policy);
  response.set("Referrer-Policy", "no-referrer");
  if (answer.cross_origin) response.set(http::field::access_control_allow_origin, "*");
  // Everything we serve may change at any second; with the tag, asking again costs 304 and no body.
  response.set(http::field::cache_control, answer.status == 200 ? "no-cache" : "no-store");
  response.content_length(reply.body->size());
  response.body() = {reply.body->data(), reply.body->size()};
  return reply;
}

Reply make_error(Server& server, int status, std::string_view text, unsigned version) {
  WebAnswer answer;
  answer.status = status;
  answer.body = std::make_shared<const std::string>(fmt::format("{}\n", text));
  return make_reply(server, std::move(answer), version);
}

bool has_body(const Request& request) {
  const auto length = request.find(http::field::content_length);
  return request.chunked() || (length != request.end() && length->value() != "0");
}

Reply answer_request(Server& server, const Request& request) {
  const unsigned version = request.version();
  const bool head = request.method() == http::verb::head;
  if (!head && request.method() != http::verb::get) {
    Reply refusal = make_error(server, 405, "only GET and HEAD are answered here", version);
    refusal.response.set(http::field::allow, "GET, HEAD");
    return refusal;
  }
  if (has_body(request)) return make_error(server, 413, "a request with a body is not read here", version);
  if (version == 11 && request.count(http::field::host) != 1)
    return make_error(server, 400, "the request names no host", version);
  auto target = decode_target({request.target().data(), request.target().size()});
  if (!target) return make_error(server, 400, "the request's path cannot be used", version);

  WebAnswer answer =
      server.handler(WebRequest{head ? "HEAD" : "GET", std::move(target->path), std::move(target->query)});
  const bool tagged = answer.status == 200 && answer.body;
  Reply reply = make_reply(server, std::move(answer), version);
  if (tagged) {
    const std::string tag = server.tags.of(reply.body);
    reply.response.set(http::field::etag, tag);
    const auto condition = request.find(http::field::if_none_match);
    if (condition != request.end() && names_entity_tag({condition->value().data(), condition->value().size()}, tag)) {
      reply.response.result(http::status::not_modified);
      reply.response.content_length(boost::none);
      reply.response.body() = {};
    }
  }
  if (head) reply.response.body() = {};  // the length of what GET would send stays
  return reply;
}

// The answer for a request that could not be parsed; nothing when the connection is beyond answering.
std::optional<Reply> answer_garbage(Server& server, beast::error_code error) {
  static const auto* const http_errors = &make_error_code(http::error::end_of_stream).category();
  if (error == http::error::end_of_stream || error.category() != *http_errors) return std::nullopt;
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return make_error(server, 431, "the request's header is too long", 11);
  return make_error(server, 400, "this is no HTTP request", 11);
}

// Closing while bytes wait unread makes the kernel send a reset, which can destroy the answer before it was read.
Task<void> close_gently(std::shared_ptr<Connection> connection) {
  beast::error_code ignored;
  connection->stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  connection->stream.expires_after(std::chrono::seconds(1));
  std::string unread(4096, '\0');
  for (std::size_t total = 0; total < unread_limit;) {
    const auto [error, count] = co_await connection->stream.async_read_some(asio::buffer(unread), await);
    if (error) break;
    total += count;
  }
}

// Answers one request. True: the connection may carry another.
Task<bool> serve_request(std::shared_ptr<Server> server, std::shared_ptr<Connection> connection) {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(header_limit);
  connection->stream.expires_after(server->limits.request);
  const auto [read_error, read] =
      co_await http::async_read_header(connection->stream, connection->buffer, parser, await);
  if (server->closed) co_return false;

  std::optional<Reply> reply;
  bool keep = false;
  if (read_error) {
    reply = answer_garbage(*server, read_error);
    if (!reply) co_return false;
  } else {
    reply = answer_request(*server, parser.get());
    keep = parser.get().keep_alive() && !has_body(parser.get());
  }
  reply->response.keep_alive(keep);
  http::response_serializer<http::span_body<const char>> serializer(reply->response);
  connection->stream.expires_after(server->limits.idle);
  const auto [write_error, written] = co_await http::async_write(connection->stream, serializer, await);
  if (write_error) co_return false;
  if (!keep) co_await close_gently(connection);
  co_return keep;
}

Task<void> serve_connection(std::shared_ptr<Server> server, std::shared_ptr<Connection> connection) {
  // A client that connects has something to ask; only one that was answered may stay for a while.
  Duration patience = server->limits.request;
  bool keep = true;
  while (keep && !server->closed) {
    if (connection->buffer.size() == 0) {
      connection->stream.expires_after(patience);
      const auto [error, count] =
          co_await connection->stream.async_read_some(connection->buffer.prepare(header_limit), await);
      if (error) break;
      connection->buffer.commit(count);
    }
    Server::move(connection, server->idle, server->busy);
    keep = co_await serve_request(server, connection);
    if (keep) Server::move(connection, server->busy, server->idle);
    patience = server->limits.idle;
  }
  std::erase(server->idle, connection);
  std::erase(server->busy, connection);
  connection->stream.close();
}

Task<void> accept_connections(std::shared_ptr<Server> server) {
  while (!server->closed) {
    tcp::socket socket(server->loop.executor());
    const auto [error] = co_await server->acceptor.async_accept(socket, await);
    if (server->closed) break;
    if (error) {
      // Out of descriptors or memory: the waiting connection stays waiting, so trying again at once would spin.
      log_warning("web: accept a connection: {}", error.message());
      co_await server->loop.sleep_for(std::chrono::milliseconds(200));
      continue;
    }
    if (!server->make_room()) continue;
    beast::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    auto connection = std::make_shared<Connection>(std::move(socket));
    server->idle.push_back(connection);
    server->loop.spawn(serve_connection(server, connection));
  }
}

class BeastWebServer : public WebServer {
 public:
  BeastWebServer(std::shared_ptr<Server> server, int port) : server_(std::move(server)), port_(port) {}
  ~BeastWebServer() override { server_->close(); }
  int port() const override { return port_; }

 private:
  std::shared_ptr<Server> server_;
  int port_;
};

beast::error_code listen_on(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
  beast::error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    beast::error_code ignored;
    acceptor.close(ignored);
  }
  return error;
}

}  // namespace

Result<std::unique_ptr<WebServer>> make_web_server(EventLoop& loop, std::string host, int port,
                                                   WebServer::Handler handler, WebLimits limits) {
  auto server = std::make_shared<Server>(loop, std::move(handler), limits);
  const bool is_v6 = host.find(':') != std::string::npos;
  const std::string place = is_v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
  beast::error_code error;
  tcp::resolver resolver(loop.executor());
  const auto endpoints =
      resolver.resolve(host, std::to_string(port), tcp::resolver::passive | tcp::resolver::numeric_service, error);
  if (!error) {
    for (const auto& entry : endpoints) {
      error = listen_on(server->acceptor, entry.endpoint());
      if (!error) break;
    }
  }
  if (error) return Error{ErrorKind::io, fmt::format("listen on {}: {}", place, lower(error.message()))};
  const int actual = server->acceptor.local_endpoint(error).port();
  loop.spawn(accept_connections(server));
  return std::unique_ptr<WebServer>(std::make_unique<BeastWebServer>(std::move(server), actual));
}

}  // namespace mailcanary
