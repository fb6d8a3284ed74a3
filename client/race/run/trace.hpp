#pragma once

#include <filesystem>
#include <string>

namespace poetry::race {

/// The greatest number of tasks that a recorded run worked for at the same moment. NaN, and a
/// reason in `wrong`, when the recording cannot be read.
double most_at_once(const std::filesystem::path& recording, std::string& wrong);

} // namespace poetry::race
