#include "app/overrides.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "settings/words.h"

namespace sockwatch {
namespace {

std::vector<SettingsError> check_listen(const std::vector<std::string>& addresses) {
  std::vector<SettingsError> errors;
  const auto add = [&errors](const std::string& address, const std::string& wrong) {
    errors.push_back({"", 0, 0, "--web.listen-address", "found " + in_quotes(address) + wrong});
  };
  for (auto address = addresses.begin(); address != addresses.end(); ++address) {
    const std::string problem = check_listen_address(*address);
    if (!problem.empty()) add(*address, ": " + problem);
    const bool repeated = std::find(addresses.begin(), address, *address) != address;
    if (repeated) add(*address, " again; allowed: each once");
  }
  return errors;
}

}  // namespace

std::vector<SettingsError> apply_overrides(const RunCommand& run, Settings& settings) {
  if (!run.listen.empty()) settings.http.listen = run.listen;
  settings.log.level = run.log_level.value_or(settings.log.level);
  settings.log.format = run.log_format.value_or(settings.log.format);
  // What another machine's listeners were first seen at is not this one's.
  if (!run.replay.empty()) settings.state_directory.clear();
  return check_listen(run.listen);
}

LoadedSettings load_settings_of(const RunCommand& run) {
  LoadedSettings loaded = load_settings(run.config);
  auto errors = apply_overrides(run, loaded.settings);
  std::move(errors.begin(), errors.end(), std::back_inserter(loaded.errors));
  return loaded;
}

}  // namespace sockwatch
