#include "app/program.h"

#include <fcntl.h>

#include <csignal>
#include <cstdio>
#include <exception>

#include "app/command_line.h"
#include "app/daemon.h"
#include "app/list.h"
#include "app/overrides.h"
#include "app/record.h"

namespace sockwatch {
namespace {

int execute(const Answered& answer) {
  std::FILE* stream = answer.exit_status == 0 ? stdout : stderr;
  std::fputs(answer.text.c_str(), stream);
  return std::fflush(stream) == 0 ? answer.exit_status : 1;
}

int execute(const RunCommand& command) {
  return run_daemon([&command] { return load_settings_of(command); }, command.replay);
}

int execute(const ListOptions& options) {
  return list(options);
}

int execute(const CheckConfigCommand& command) {
  const LoadedSettings loaded = load_settings(command.file);
  for (const SettingsError& error : loaded.errors) {
    std::fprintf(stderr, "%s\n", to_string(error).c_str());
  }
  if (!loaded.errors.empty()) return 2;
  std::printf("%s: ok\n", command.file.c_str());
  return 0;
}

int execute(const RecordCommand& command) {
  return record(command.file, command.anonymise);
}

/// A stream that was closed by who started us must not become the number of another file.
void occupy_standard_streams() {
  for (const int stream : {0, 1, 2}) {
    if (::fcntl(stream, F_GETFD) == -1) (void)::open("/dev/null", O_RDWR);
  }
}

}  // namespace

int run_program(std::vector<std::string> arguments) {
  occupy_standard_streams();
  ::signal(SIGXFSZ, SIG_IGN);  // a write beyond the limit fails instead, and is told
  try {
    return std::visit([](const auto& command) { return execute(command); },
                      parse_command_line(std::move(arguments)));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sockwatch: %s\n", error.what());
    return 1;
  }
}

}  // namespace sockwatch
