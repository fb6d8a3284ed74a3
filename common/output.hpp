#pragma once

#include <functional>
#include <string_view>

namespace poetry {

/// Writes `text` and a line's end to stdout, whole and at once: lines from several threads or
/// processes never mix. When stdout is gone the program has nobody left to work for and ends here
/// with exit code 1: quietly when a pipe was closed, otherwise (a full disk) with one line on
/// stderr.
void say(std::string_view text);

/// What `say` does, from here on, before it ends the program; nothing for an empty function.
void before_the_end(std::function<void()> act);

/// Writes `text` and a line's end to stderr in the same way; when stderr is gone, nothing happens.
/// It is one line whatever it quotes: a control character in it becomes a question mark.
void complain(std::string_view text);

} // namespace poetry
