#include "monitor/web_server.h"

#include <algorithm>
#include <list>
#include <optional>

#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include "core/log.h"
#include "core/text.h"
#include "monitor/web_events.h"
#include "monitor/web_reply.h"
#include "monitor/web_syntax.h"

namespace mailcanary {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
constexpr auto await = asio::as_tuple(asio::use_awaitable);

namespace {

constexpr std::size_t header_limit = 8 * 1024;
constexpr std::size_t form_limit = 16 * 1024;
constexpr const char* form_type = "application/x-www-form-urlencoded";
constexpr std::size_t unread_limit = 64 * 1024;

using Request = http::request<http::string_body>;
// The body is a view: one string serves every client that asks for it.
using Response = http::response<http::span_body<const char>>;

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
  Connections idle, busy;     // idle: that have not sent a whole request; the longest idle one first
  std::size_t listening = 0;  // of the busy ones, to events
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

std::string_view view_of(beast::string_view text) { return {text.data(), text.size()}; }

bool has_body(const Request& request) {
  const auto length = request.find(http::field::content_length);
  return request.chunked() || (length != request.end() && length->value() != "0");
}

std::string value_of(const Request& request, http::field name) {
  const auto field = request.find(name);
  return field == request.end() ? std::string() : std::string(view_of(field->value()));
}

bool came_through_proxy(const Request& request) {
  return request.find("Forwarded") != request.end() || request.find("X-Forwarded-For") != request.end() ||
         request.find("X-Real-IP") != request.end() || request.find(http::field::via) != request.end();
}

// What is wrong with a request whose header was read; nothing when the handler may be asked.
std::optional<WebReply> refuse(const Request& request, WallTime now) {
  const bool post = request.method() == http::verb::post;
  if (!post && request.method() != http::verb::get && request.method() != http::verb::head) {
    WebReply refusal = error_reply(405, "only GET, HEAD and POST are answered here", now);
    refusal.fields.emplace_back("Allow", "GET, HEAD, POST");
    return refusal;
  }
  if (request.version() == 11 && request.count(http::field::host) != 1)
    return error_reply(400, "the request names no host", now);
  if (!has_body(request)) return std::nullopt;
  if (!post) return error_reply(413, "a body is read of a POST only", now);
  if (!istarts_with(value_of(request, http::field::content_type), form_type))
    return error_reply(415, "only the fields of a form are read here", now);
  return std::nullopt;
}

// The answer for a request that could not be parsed; nothing when the connection is beyond answering.
std::optional<WebReply> answer_garbage(beast::error_code error, WallTime now) {
  static const auto* const http_errors = &make_error_code(http::error::end_of_stream).category();
  if (error == http::error::end_of_stream || error.category() != *http_errors) return std::nullopt;
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return error_reply(431, "the request's header is too long", now);
  if (error == http::error::body_limit) return error_reply(413, "the form is too long", now);
  return error_reply(400, "this is no HTTP request", now);
}

Task<WebReply> answer_request(std::shared_ptr<Server> server, std::shared_ptr<const Request> request) {
  auto target = decode_target(view_of(request->target()));
  if (!target) co_return error_reply(400, "the request's path cannot be used", server->loop.now().wall);
  WebRequest asked{std::string(view_of(request->method_string())),
                   std::move(target->path),
                   std::move(target->query),
                   value_of(*request, http::field::host),
                   value_of(*request, http::field::authorization),
                   value_of(*request, http::field::origin),
                   request->body(),
                   came_through_proxy(*request)};
  const WebAnswer answer = co_await server->handler(std::move(asked));
  const WebWishes wishes{value_of(*request, http::field::accept_encoding),
                         value_of(*request, http::field::if_none_match),
                         request->method() == http::verb::head ? WebWishes::Method::head : WebWishes::Method::other};
  WebReply reply = make_reply(answer, wishes, server->tags, server->loop.now().wall);
  if (reply.events && 2 * server->listening >= server->limits.connections)
    reply = error_reply(503, "too many listen already; ask for live.json now and then", server->loop.now().wall);
  co_return reply;
}

Response response_of(const WebReply& reply, unsigned version) {
  Response response(static_cast<http::status>(reply.status), version);
  for (const auto& [name, value] : reply.fields) response.set(name, value);
  if (reply.sends != WebReply::Sends::no_length) response.content_length(reply.body->size());
  if (reply.sends == WebReply::Sends::body) response.body() = {reply.body->data(), reply.body->size()};
  return response;
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

// Tells this client what happens for as long as it listens.
Task<void> stream_events(std::shared_ptr<Server> server, std::shared_ptr<Connection> connection,
                         std::shared_ptr<WebEvents> events) {
  WebEvents::Listener listener(*events);
  std::string text =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
      "X-Accel-Buffering: no\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
      "retry: 5000\n\n";
  while (!server->closed) {
    connection->stream.expires_after(server->limits.idle);
    const auto [error, written] = co_await asio::async_write(connection->stream, asio::buffer(text), await);
    if (error) break;
    connection->stream.expires_never();
    std::string next = co_await listener.next(server->limits.heartbeat);
    text = std::move(next);
  }
}

// A request as far as it could be read.
struct Incoming {
  http::request_parser<http::string_body> parser;
  std::optional<WebReply> refusal;  // it is not for the handler
  bool lost = false;                // nobody is there to be answered
};

// Reads the header, then the form of a POST that may be answered.
Task<void> read_request(std::shared_ptr<Server> server, std::shared_ptr<Connection> connection,
                        std::shared_ptr<Incoming> incoming) {
  auto& parser = incoming->parser;
  parser.header_limit(header_limit);
  parser.body_limit(form_limit);
  connection->stream.expires_after(server->limits.request);
  auto [error, count] = co_await http::async_read_header(connection->stream, connection->buffer, parser, await);
  if (!error) {
    incoming->refusal = refuse(parser.get(), server->loop.now().wall);
    if (incoming->refusal || parser.is_done()) co_return;
    const auto [body_error, more] = co_await http::async_read(connection->stream, connection->buffer, parser, await);
    error = body_error;
  }
  if (!error) co_return;
  incoming->refusal = answer_garbage(error, server->loop.now().wall);
  incoming->lost = !incoming->refusal;
}

// Answers one request. True: the connection may carry another.
Task<bool> serve_request(std::shared_ptr<Server> server, std::shared_ptr<Connection> connection) {
  const auto incoming = std::make_shared<Incoming>();
  co_await read_request(server, connection, incoming);
  if (server->closed || incoming->lost) co_return false;
  // Only now it counts as busy: whoever sends half a request holds no place against those who send a whole one.
  Server::move(connection, server->idle, server->busy);
  auto& parser = incoming->parser;
  // What was not read to its end would be taken for the next request.
  const bool keep = parser.is_done() && parser.get().keep_alive();
  const unsigned version = parser.is_header_done() ? parser.get().version() : 11;
  WebReply reply;
  if (incoming->refusal) {
    reply = std::move(*incoming->refusal);
  } else {
    const auto request = std::make_shared<const Request>(parser.release());
    WebReply answered = co_await answer_request(server, request);
    reply = std::move(answered);
  }
  if (server->closed) co_return false;
  if (reply.events) {
    ++server->listening;
    co_await stream_events(server, connection, reply.events);
    --server->listening;
    co_return false;
  }
  Response response = response_of(reply, version);
  response.keep_alive(keep);
  http::response_serializer<http::span_body<const char>> serializer(response);
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
