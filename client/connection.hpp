#pragma once

#include "common/descriptor_set.hpp"

#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/buffer.hpp>
#include <asio/dispatch.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <memory>
#include <span>
#include <system_error>
#include <vector>

namespace poetry {

class connection;

/// The connections of one loop: a single thread's, for none of this is locked.
class connection_set
{
public:
  explicit connection_set(asio::io_context& context);

  asio::io_context& context() { return context_; }

  /// Both as for `descriptor_set`.
  void watch(int descriptor, std::function<void()> then)
  {
    descriptors_.watch(descriptor, std::move(then));
  }
  void wait_until(time_point deadline) { descriptors_.wait_until(deadline); }

private:
  friend class connection;

  asio::io_context& context_;
  descriptor_set descriptors_;
  /// The connection whose handlers are running now, unless one of them closed it.
  connection* active_ = nullptr;
};

/// A socket to read from, shaped like Asio's and much cheaper: no record in a reactor, and one
/// system call for each chunk that arrives. The price: only one operation at a time, only in the
/// loop's own thread, and no operation may outlive the connection.
class connection
{
public:
  explicit connection(connection_set& set) : set_(set) {}
  ~connection() { close(); }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// Tries each endpoint in turn until one accepts; completes with the last one's error if none
  /// does, and `asio::error::not_found` if there are none. `endpoints` must live until then.
  /// Signature: void(std::error_code).
  template <class Token>
  auto async_connect(const std::vector<asio::ip::tcp::endpoint>& endpoints, Token&& token)
  {
    return asio::async_initiate<Token, void(std::error_code)>(
      [this](auto handler, const auto* all) {
        connect(*all, make_operation(std::move(handler),
                        [](auto& call, std::error_code error, std::size_t) { call(error); }));
      },
      token, &endpoints);
  }

  /// Reads what has arrived, or waits until something does. The bytes are read right before the
  /// handler runs, so connections may all read into the same buffer. Completes with
  /// `asio::error::eof` at the end and `asio::error::operation_aborted` after `close`.
  /// Signature: void(std::error_code, std::size_t).
  template <class Token>
  auto async_read_some(asio::mutable_buffer buffer, Token&& token)
  {
    return asio::async_initiate<Token, void(std::error_code, std::size_t)>(
      [this](auto handler, asio::mutable_buffer into) {
        read(into,
          make_operation(std::move(handler),
            [](auto& call, std::error_code error, std::size_t bytes) { call(error, bytes); }));
      },
      token, buffer);
  }

  /// Closes the socket; a waiting operation completes, soon, with `asio::error::operation_aborted`.
  void close();

private:
  friend class connection_set;

  /// A handler that waits for its operation to end, whatever its type.
  struct operation
  {
    virtual ~operation() = default;
    /// Calls the handler, through its executor: at once when that is this loop's.
    virtual void complete(std::error_code error, std::size_t bytes) = 0;
  };

  template <class Handler, class Call>
  std::unique_ptr<operation> make_operation(Handler handler, Call call)
  {
    struct waiting_handler final : operation
    {
      waiting_handler(asio::io_context& context, Handler handler, Call call)
        : context_(context), handler_(std::move(handler)), call_(call)
      {
      }

      void complete(std::error_code error, std::size_t bytes) override
      {
        const auto executor = asio::get_associated_executor(handler_, context_.get_executor());
        asio::dispatch(executor, [handler = std::move(handler_), call = call_, error,
                                   bytes]() mutable { call(handler, error, bytes); });
      }

      asio::io_context& context_;
      Handler handler_;
      [[no_unique_address]] Call call_;
    };
    return std::make_unique<waiting_handler>(set_.context_, std::move(handler), call);
  }

  void connect(
    const std::vector<asio::ip::tcp::endpoint>& endpoints, std::unique_ptr<operation> then);
  void read(asio::mutable_buffer buffer, std::unique_ptr<operation> then);
  void ready(std::uint32_t events);
  void connect_next();
  void read_now();
  std::error_code open(const asio::ip::tcp::endpoint& endpoint);
  void close_socket();
  void complete(std::error_code error, std::size_t bytes = 0);
  void complete_later(std::error_code error);

  std::uint64_t key() const { return reinterpret_cast<std::uintptr_t>(this); }

  connection_set& set_;
  int descriptor_ = -1;
  bool connecting_ = false;
  /// More may be there to be read than the last read took.
  bool readable_ = false;
  bool hung_up_ = false;
  /// What the one operation under way works on.
  union
  {
    std::span<const asio::ip::tcp::endpoint> untried_{}; ///< while it connects
    asio::mutable_buffer buffer_;                        ///< while it reads
  };
  std::unique_ptr<operation> waiting_;
};

} // namespace poetry
