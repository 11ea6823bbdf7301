// The command line: which arguments mean what, what is answered at once, and how options override
// the file.
#include "app/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "app/overrides.h"
#include "support/version.h"

namespace sockwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

using Arguments = std::vector<std::string>;

template <typename Command>
Command parsed(const Arguments& arguments) {
  const CommandLine line = parse_command_line(arguments);
  const auto* command = std::get_if<Command>(&line);
  EXPECT_NE(command, nullptr) << ::testing::PrintToString(arguments);
  return command != nullptr ? *command : Command{};
}

/// The first line of what a refusal prints.
std::string refusal_of(const Arguments& arguments) {
  const auto answer = parsed<Answered>(arguments);
  EXPECT_EQ(answer.exit_status, 2) << answer.text;
  return answer.text.substr(0, answer.text.find('\n'));
}

TEST(CommandLine, RunsWithTheInstalledConfigurationByDefault) {
  const auto run = parsed<RunCommand>({"run"});
  EXPECT_EQ(run.config, "/etc/sockwatch/sockwatch.yaml");
  EXPECT_THAT(run.listen, IsEmpty());
  EXPECT_EQ(run.log_level, std::nullopt);
  EXPECT_EQ(run.log_format, std::nullopt);
}

TEST(CommandLine, TakesTheConfigurationUnderBothNames) {
  const std::vector<Arguments> rows = {
      {"run", "--config", "/a b"},
      {"run", "--config=/a b"},
      {"run", "--config.file", "/a b"},
      {"run", "--config.file=/a b"},
  };
  for (const Arguments& row : rows) EXPECT_EQ(parsed<RunCommand>(row).config, "/a b");
}

TEST(CommandLine, TakesListenAddressesOneByOne) {
  EXPECT_THAT(
      parsed<RunCommand>({"run", "--web.listen-address", "[::1]:1", "--web.listen-address=:2"})
          .listen,
      ElementsAre("[::1]:1", ":2"));
}

TEST(CommandLine, TakesLogLevelsAndFormatsAndTheirAliases) {
  const std::vector<std::pair<std::string, LogLevel>> levels = {
      {"debug", LogLevel::debug},  {"info", LogLevel::info},   {"warning", LogLevel::warning},
      {"warn", LogLevel::warning}, {"error", LogLevel::error},
  };
  for (const auto& [word, level] : levels) {
    EXPECT_EQ(parsed<RunCommand>({"run", "--log.level", word}).log_level, level);
  }
  const std::vector<std::pair<std::string, LogFormat>> formats = {
      {"text", LogFormat::text}, {"logfmt", LogFormat::text}, {"json", LogFormat::json}};
  for (const auto& [word, format] : formats) {
    EXPECT_EQ(parsed<RunCommand>({"run", "--log.format", word}).log_format, format);
  }
}

TEST(CommandLine, ListsEverythingUngroupedByDefault) {
  const auto list = parsed<ListOptions>({"list"});
  EXPECT_FALSE(list.listening || list.json || list.wide);
  EXPECT_EQ(list.by, GroupBy::none);
}

TEST(CommandLine, TakesEveryOptionOfList) {
  const auto list = parsed<ListOptions>({"list", "--wide", "--listening", "--json"});
  EXPECT_TRUE(list.listening && list.json && list.wide);
  const std::vector<std::pair<std::string, GroupBy>> groups = {
      {"none", GroupBy::none},       {"state", GroupBy::state}, {"port", GroupBy::port},
      {"process", GroupBy::process}, {"unit", GroupBy::unit},
  };
  for (const auto& [word, by] : groups) {
    EXPECT_EQ(parsed<ListOptions>({"list", "--by", word}).by, by);
  }
}

TEST(CommandLine, ChecksTheFileThatIsNamed) {
  EXPECT_EQ(parsed<CheckConfigCommand>({"check-config", "a.yaml"}).file, "a.yaml");
  EXPECT_EQ(parsed<CheckConfigCommand>({"check-config", "--", "--odd"}).file, "--odd");
}

TEST(CommandLine, RecordsToTheFileThatIsNamed) {
  const auto record = parsed<RecordCommand>({"record", "a.swrec"});
  EXPECT_EQ(record.file, "a.swrec");
  EXPECT_FALSE(record.anonymise);
  EXPECT_TRUE(parsed<RecordCommand>({"record", "--anonymise", "a.swrec"}).anonymise);
}

TEST(CommandLine, ReplaysTheFileThatIsNamed) {
  EXPECT_EQ(parsed<RunCommand>({"run", "--replay", "a.swrec"}).replay, "a.swrec");
  EXPECT_EQ(parsed<ListOptions>({"list", "--replay=a.swrec"}).replay, "a.swrec");
  EXPECT_EQ(parsed<RunCommand>({"run"}).replay, "");
}

TEST(CommandLine, SaysWhichVersionItIs) {
  const auto answer = parsed<Answered>({"--version"});
  EXPECT_EQ(answer.exit_status, 0);
  EXPECT_EQ(answer.text, "sockwatch, version " + std::string(kVersion) + " (revision " +
                             std::string(kRevision) + ", compiler " + std::string(kCompiler) +
                             ")\n");
}

TEST(CommandLine, ExplainsItselfOnRequest) {
  const std::vector<std::pair<Arguments, std::string>> rows = {
      {{"--help"}, "Exit status:"},
      {{"-h"}, "sockwatch list --listening"},
      {{"run", "--help"}, "--web.listen-address"},
      {{"run", "-h"}, "debug, info, warning or error"},
      {{"list", "--help"}, "none, state, port, process or unit"},
      {{"record", "--help"}, "docs/recording-format.md"},
      {{"check-config", "--help"}, "sockwatch check-config ./sockwatch.yaml"},
  };
  for (const auto& [arguments, part] : rows) {
    const auto answer = parsed<Answered>(arguments);
    EXPECT_EQ(answer.exit_status, 0);
    EXPECT_THAT(answer.text, HasSubstr(part));
    EXPECT_THAT(answer.text, HasSubstr("Examples:"));
  }
}

TEST(CommandLine, ExplainsItselfWithAFailureWhenNoCommandIsGiven) {
  const auto answer = parsed<Answered>({});
  EXPECT_EQ(answer.exit_status, 2);
  EXPECT_EQ(answer.text, parsed<Answered>({"--help"}).text);
}

TEST(CommandLine, RefusesWhatItDoesNotKnowAndSaysWhatIsAllowed) {
  const std::string commands = "; allowed: run, list, check-config or record";
  const std::vector<std::pair<Arguments, std::string>> rows = {
      {{"watch"}, "unknown command \"watch\"" + commands},
      {{""}, "unknown command \"\"" + commands},
      {{"--config", "a.yaml"}, "unknown command \"--config\"" + commands},
      {{"--"}, "unknown command \"--\"" + commands},
      {{"lst"}, "unknown command \"lst\"; did you mean list?"},
      {{"check_config"}, "unknown command \"check_config\"; did you mean check-config?"},
      {{"a\x1b[31m\n\xff"}, "unknown command \"a\\x1b[31m\\x0a\\xff\"" + commands},
      {{"list", "--listning"}, "unknown option \"--listning\"; did you mean --listening?"},
      {{"list", "--tcp=1"},
       "unknown option \"--tcp\"; allowed: --help, --listening, --by, --json, --wide or --replay"},
      {{"check-config", "a.yaml", "--x"}, "unknown option \"--x\"; allowed: --help"},
      {{"run", "a.yaml"}, "unexpected argument \"a.yaml\""},
      {{"run", "-c", "a.yaml"}, "unexpected argument \"-c\""},
      {{"run", "--web.listen-address", ":1", ":2"}, "unexpected argument \":2\""},
      {{"list", "run"}, "unexpected argument \"run\""},
      {{"check-config", "a", "b"}, "unexpected argument \"b\""},
      {{"record", "a", "b"}, "unexpected argument \"b\""},
      {{"record", "a", "--anonymize"}, "unknown option \"--anonymize\"; did you mean --anonymise?"},
  };
  for (const auto& [arguments, message] : rows) {
    EXPECT_EQ(refusal_of(arguments), "sockwatch: " + message);
  }
}

TEST(CommandLine, RefusesBadValuesAndSaysWhatIsAllowed) {
  const std::vector<std::pair<Arguments, std::string>> rows = {
      {{"run", "--log.level", "loud"},
       "--log.level: found \"loud\"; allowed: debug, info, warning or error"},
      {{"run", "--log.level", ""},
       "--log.level: found \"\"; allowed: debug, info, warning or error"},
      {{"run", "--log.format=xml"}, "--log.format: found \"xml\"; allowed: text or json"},
      {{"list", "--by", "pid"}, "--by: found \"pid\"; allowed: none, state, port, process or unit"},
      {{"run", "--config", ""}, "--config: found nothing; allowed: the path of a file"},
      {{"record", ""}, "FILE: found nothing; allowed: the path of a file"},
      {{"list", "--replay", ""}, "--replay: found nothing; allowed: the path of a file"},
      {{"check-config", ""}, "FILE: found nothing; allowed: the path of a file"},
      {{"run", "--web.config.file", "web.yaml"},
       "--web.config.file: not yet supported by this version; allowed: leave it out"},
  };
  for (const auto& [arguments, message] : rows) {
    EXPECT_EQ(refusal_of(arguments), "sockwatch: " + message);
  }
}

TEST(CommandLine, RefusesMissingAndRepeatedValues) {
  const std::vector<std::pair<Arguments, std::string>> rows = {
      {{"check-config"}, "FILE"},
      {{"record", "--anonymise"}, "FILE"},
      {{"run", "--replay"}, "--replay"},
      {{"run", "--config"}, "--config"},
      {{"run", "--config="}, "--config"},
      {{"run", "--log.level"}, "--log.level"},
      {{"run", "--config", "a", "--config", "b"}, "--config"},
      {{"run", "--config", "a", "--config.file", "b"}, "--config"},
      {{"run", "--log.level", "info", "--log.level", "info"}, "--log.level"},
      {{"list", "--by", "port", "--by", "state"}, "--by"},
  };
  for (const auto& [arguments, name] : rows) {
    EXPECT_THAT(refusal_of(arguments), StartsWith("sockwatch: " + name));
  }
}

TEST(CommandLine, PointsToTheHelpOfTheCommandAtHand) {
  EXPECT_THAT(parsed<Answered>({"run", "--x"}).text, HasSubstr("\nTry 'sockwatch run --help'.\n"));
  EXPECT_THAT(parsed<Answered>({"x"}).text, HasSubstr("\nTry 'sockwatch --help'.\n"));
}

TEST(CommandLine, LetsAnEmptyWebConfigurationFileBy) {
  EXPECT_EQ(parsed<RunCommand>({"run", "--web.config.file", "", "--config", "a"}).config, "a");
}

TEST(Overrides, ChangeNothingWhenThereAreNone) {
  Settings settings;
  settings.log.level = LogLevel::error;
  const Settings before = settings;
  EXPECT_THAT(apply_overrides(RunCommand{}, settings), IsEmpty());
  EXPECT_EQ(settings, before);
}

TEST(Overrides, KeepNoStateOfAReplay) {
  Settings settings;
  settings.state_directory = "/var/lib/sockwatch";
  apply_overrides(parsed<RunCommand>({"run", "--replay", "a.swrec"}), settings);
  EXPECT_EQ(settings.state_directory, "");
}

TEST(Overrides, ReplaceWhatTheFileSays) {
  Settings settings;
  const auto run = parsed<RunCommand>({"run", "--web.listen-address", "127.0.0.1:0", "--log.level",
                                       "warn", "--log.format", "json"});
  EXPECT_THAT(apply_overrides(run, settings), IsEmpty());
  EXPECT_THAT(settings.http.listen, ElementsAre("127.0.0.1:0"));
  EXPECT_EQ(settings.log.level, LogLevel::warning);
  EXPECT_EQ(settings.log.format, LogFormat::json);
}

TEST(Overrides, AreCheckedLikeTheFile) {
  RunCommand run;
  run.config = "/nonexistent/sockwatch.yaml";
  run.listen = {"localhost:1", ":2", ":2"};
  std::vector<std::string> errors;
  for (const SettingsError& error : load_settings_of(run).errors)
    errors.push_back(to_string(error));
  EXPECT_THAT(
      errors,
      ElementsAre("/nonexistent/sockwatch.yaml: cannot be opened: No such file or directory",
                  StartsWith("--web.listen-address: found \"localhost:1\": not an IP address"),
                  "--web.listen-address: found \":2\" again; allowed: each once"));
}

}  // namespace
}  // namespace sockwatch
