// Arguments → one of the commands, or an answer that ends the program at once.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/list_options.h"
#include "settings/settings.h"

namespace sockwatch {

struct RunCommand {
  std::string config = "/etc/sockwatch/sockwatch.yaml";
  // What overrides the file; apply_overrides() merges it.
  std::vector<std::string> listen;  // unchecked
  std::optional<LogLevel> log_level;
  std::optional<LogFormat> log_format;
  std::string replay;  // the file of a recording, "" for this machine
};

struct RecordCommand {
  std::string file;
  bool anonymise = false;
};

struct CheckConfigCommand {
  std::string file;
};

/// Help and version (exit status 0, for standard output), or what is wrong with the arguments and
/// what is allowed (exit status 2, for standard error).
struct Answered {
  std::string text;
  int exit_status = 0;
};

using CommandLine =
    std::variant<RunCommand, ListOptions, CheckConfigCommand, RecordCommand, Answered>;

/// `arguments` without the name of the program. Reads no files and prints nothing.
CommandLine parse_command_line(std::vector<std::string> arguments);

}  // namespace sockwatch
