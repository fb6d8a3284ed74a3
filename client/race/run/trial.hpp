#pragma once

#include "client/race/plan/measurement.hpp"
#include "client/race/plan/setting.hpp"
#include "client/race/run/scratch.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace poetry {
class interruption;
}

namespace poetry::race {

/// How one run is to be done.
struct trial
{
  const race::setting& setting;
  std::string_view model;
  /// Nothing, when nothing is predicted.
  std::optional<duration> predicted;
  /// Where the client is to record its run; empty for nowhere.
  std::filesystem::path trace;
};

/// Runs a client against fresh servers. A client that fails, crashes, hangs or downloads anything
/// but the poems served yields a measurement that is wrong and says why. Throws `interrupted`, and
/// `std::runtime_error` when the servers do not start.
measurement run(const trial& trial, scratch& scratch, const interruption& interruption);

} // namespace poetry::race
