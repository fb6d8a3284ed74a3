#pragma once

#include <functional>
#include <string_view>

namespace poetry {

/// Writes `text` and a line's end to stdout, whole and at once: lines from several threads or
/// processes never mix. When stdout cannot be written to, the program ends here with exit code 1:
/// quietly when a pipe was closed, otherwise (a full disk) with one line on stderr.
void say(std::string_view text);

/// What `say` does, from here on, before it ends the program; nothing for an empty function.
void before_the_end(std::function<void()> act);

/// Writes `text` and a line's end to stderr in the same way; when stderr is gone, nothing happens.
/// It is one line whatever it quotes: a control character in it becomes a question mark.
void complain(std::string_view text);

/// Writes a line on stderr that `program` has not enough memory, for which it needs none.
void complain_of_memory(std::string_view program);

/// Whether `descriptor` is a terminal that understands control sequences: `TERM=dumb` does not.
bool is_terminal(int descriptor);

} // namespace poetry
