// YAML → Settings. All mistakes of a file are reported together, each with its place.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "settings/settings.h"

namespace sockwatch {

struct SettingsError {
  std::string file;
  int line = 0;         // 1-based; 0 when the mistake has no place in the text
  int column = 0;       // 1-based
  std::string key;      // path of the key, as "sampling.interval"; "" when none applies
  std::string message;  // what is wrong and what is allowed
};

/// "file:line:column: key: message", without the parts that are absent; printable on a terminal.
std::string to_string(const SettingsError& error);

struct LoadedSettings {
  Settings settings;
  std::vector<SettingsError> errors;  // empty: settings are good
};

/// Parses a whole document; `file` only names it in errors. Never throws, whatever the bytes.
LoadedSettings parse_settings(std::string_view yaml, std::string_view file);

/// Reads and parses `path`; a file that cannot be read, or is larger than 1 MiB, is an error.
LoadedSettings load_settings(const std::string& path);

/// Also used by the command line: "127.0.0.1:10098", "[::1]:10098", ":10098" (all addresses).
/// An empty string is the answer for a good address, else what is wrong with it.
std::string check_listen_address(std::string_view text);

}  // namespace sockwatch
