#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

namespace poetry {

/// Writes all of `bytes`, and blocks as long as that takes. Returns false, with the reason in
/// errno, when it cannot. Async-signal-safe.
bool write_all(int descriptor, std::string_view bytes);

/// Writes `text` and a line's end to stdout, whole and at once: lines from several threads or
/// processes never mix. When stdout cannot be written to, the program ends here with exit code 1:
/// quietly when a pipe was closed, otherwise (a full disk) with one line on stderr.
void say(std::string_view text);

/// Sets what `say` does before it ends the program; an empty function means nothing.
void before_the_end(std::function<void()> act);

/// Writes `text` and a line's end to stderr in the same way; when stderr is gone, nothing happens.
/// It stays one line: a control character in it becomes a question mark.
void complain(std::string_view text);

/// Tries whether `write_file` could write `least` bytes to `path`, and leaves nothing behind: what
/// is written beside the result is tried before the work. Throws `std::system_error` when it could
/// not.
void check_writable(const std::string& path, std::size_t least = 0);

/// Lets `write` write a file beside `path` and renames it: the file is there as a whole, or as it
/// was before. What is no regular file, such as a pipe, is written to directly. Throws
/// `std::system_error` when not everything could be written.
void write_file(const std::string& path, const std::function<void(std::ostream& out)>& write);

/// Whether `descriptor` is a terminal that understands control sequences: `TERM=dumb` does not.
bool is_terminal(int descriptor);

} // namespace poetry
