#include "app/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

#include "app/help.h"
#include "settings/choices.h"
#include "settings/words.h"
#include "support/text.h"
#include "support/version.h"

namespace sockwatch {
namespace {

constexpr int kBadCommandLine = 2;

constexpr std::array<std::string_view, 4> kCommands = {"run", "list", "check-config", "record"};

constexpr std::array<Named<GroupBy>, 5> kGroupBys = {{
    {"none", GroupBy::none},
    {"state", GroupBy::state},
    {"port", GroupBy::port},
    {"process", GroupBy::process},
    {"unit", GroupBy::unit},
}};

// Words of Prometheus' own programs, taken but not spoken of.
constexpr std::array<Named<std::string_view>, 2> kAliases = {{
    {"warn", "warning"},
    {"logfmt", "text"},
}};

std::string version() {
  return "sockwatch, version " + std::string(kVersion) + " (revision " + std::string(kRevision) +
         ", compiler " + std::string(kCompiler) + ")";
}

template <typename T, std::size_t N>
std::optional<T> find(const std::array<Named<T>, N>& choices, std::string_view name) {
  for (const Named<T>& choice : choices) {
    if (choice.name == name) return choice.value;
  }
  return std::nullopt;
}

/// An option whose value is one of `choices`, which must live as long as `command`.
template <typename Out, typename T, std::size_t N>
void add_choice(CLI::App& command, const std::string& name, Out& out,
                const std::array<Named<T>, N>& choices) {
  const std::string allowed = alternatives(names_of(choices));
  const auto read = [&out, &choices, name, allowed](const std::string& text) {
    const auto value = find(choices, find(kAliases, text).value_or(text));
    if (!value) {
      throw CLI::ValidationError(name, "found " + in_quotes(text) + "; allowed: " + allowed);
    }
    out = *value;
  };
  command.add_option_function<std::string>(name, read, allowed)->type_name("WORD");
}

std::string refuse_empty(const std::string& path) {
  return path.empty() ? "found nothing; allowed: the path of a file" : "";
}

void refuse_web_config(const std::string& file) {
  if (file.empty()) return;
  throw CLI::ValidationError("--web.config.file",
                             "not yet supported by this version; allowed: leave it out");
}

void add_replay(CLI::App& command, std::string& out) {
  command.add_option("--replay", out, "a recording to read in place of this host")
      ->type_name("FILE")
      ->check(refuse_empty);
}

void add_run(CLI::App& app, RunCommand& out) {
  CLI::App& run = *app.add_subcommand("run", help::kRun)->footer(help::kRunNotes);
  run.add_option("--config,--config.file", out.config, "the configuration")
      ->type_name("FILE")
      ->check(refuse_empty)
      ->capture_default_str();
  run.add_option("--web.listen-address", out.listen,
                 "where to serve HTTP, as 127.0.0.1:10098, [::1]:10098 or :10098; repeatable")
      ->type_name("ADDRESS")
      ->allow_extra_args(false);
  run.add_option_function<std::string>("--web.config.file", refuse_web_config,
                                       "not yet supported by this version")
      ->type_name("FILE");
  add_choice(run, "--log.level", out.log_level, kLogLevels);
  add_choice(run, "--log.format", out.log_format, kLogFormats);
  add_replay(run, out.replay);
}

void add_list(CLI::App& app, ListOptions& out) {
  CLI::App& list = *app.add_subcommand("list", help::kList)->footer(help::kListNotes);
  list.add_flag("--listening", out.listening, "only listeners");
  add_choice(list, "--by", out.by, kGroupBys);
  list.add_flag("--json", out.json, "JSON instead of a table");
  list.add_flag("--wide", out.wide, "more columns");
  add_replay(list, out.replay);
}

void add_check_config(CLI::App& app, CheckConfigCommand& out) {
  CLI::App& check =
      *app.add_subcommand("check-config", help::kCheckConfig)->footer(help::kCheckConfigNotes);
  check.add_option("FILE", out.file, "the configuration")
      ->type_name("")
      ->check(refuse_empty)
      ->required();
}

void add_record(CLI::App& app, RecordCommand& out) {
  CLI::App& record = *app.add_subcommand("record", help::kRecord)->footer(help::kRecordNotes);
  record.add_option("FILE", out.file, "the recording, replaced when it is there")
      ->type_name("")
      ->check(refuse_empty)
      ->required();
  record.add_flag("--anonymise", out.anonymise, "replace names and remote addresses");
}

Answered refused(const std::string& message, const CLI::App& command) {
  constexpr std::size_t kLongest = 500;
  const std::string words = command.get_parent() ? "sockwatch " + command.get_name() : "sockwatch";
  return {"sockwatch: " + printable_line(message, kLongest) + "\nTry '" + words + " --help'.\n",
          kBadCommandLine};
}

/// What to say about an argument that `command` has no option or place for.
std::string unexpected(const CLI::App& command, std::string_view argument) {
  if (!argument.starts_with("--")) return "unexpected argument " + in_quotes(argument);
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  const std::string_view name = argument.substr(0, argument.find('='));
  return "unknown option " + in_quotes(name) + suggestion(name, known);
}

CommandLine parse(CLI::App& app, std::vector<std::string> arguments) {
  RunCommand run;
  ListOptions list;
  CheckConfigCommand check_config;
  RecordCommand record;
  add_run(app, run);
  add_list(app, list);
  add_check_config(app, check_config);
  add_record(app, record);
  if (arguments.empty()) return Answered{app.help(), kBadCommandLine};
  const std::string first = arguments.front();
  const bool is_command = std::find(kCommands.begin(), kCommands.end(), first) != kCommands.end();
  if (!is_command && !app.get_option_no_throw(first)) {
    return refused("unknown command " + in_quotes(first) + suggestion(first, kCommands), app);
  }

  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  app.parse(std::move(arguments));
  if (app.got_subcommand("run")) return run;
  if (app.got_subcommand("list")) return list;
  if (app.got_subcommand("record")) return record;
  return check_config;
}

}  // namespace

CommandLine parse_command_line(std::vector<std::string> arguments) {
  CLI::App app(help::kProgram, "sockwatch");
  app.set_help_flag("-h,--help", "print this help");
  app.set_version_flag("--version", version(), "print the version");
  app.require_subcommand(1);
  app.footer(help::kProgramNotes);
  const auto command = [&app] {
    const auto parsed = app.get_subcommands();
    return parsed.empty() ? &app : parsed.front();
  };
  try {
    return parse(app, std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    return Answered{app.help(), 0};
  } catch (const CLI::CallForVersion& answer) {
    return Answered{answer.what() + std::string("\n"), 0};
  } catch (const CLI::ExtrasError&) {
    return refused(unexpected(*command(), app.remaining(true).front()), *command());
  } catch (const CLI::Error& error) {
    return refused(error.what(), *command());
  }
}

}  // namespace sockwatch
