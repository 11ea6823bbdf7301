// The loader: what it takes, what it refuses and in which words. Bad documents are in config_bad/,
// each with the errors that it must give in its first lines.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "settings/load.h"

namespace sockwatch {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const std::filesystem::path kSource = SOCKWATCH_SOURCE_DIR;
constexpr std::string_view kBom = "\xef\xbb\xbf";

std::string read_file(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::vector<std::string> errors_of(const std::string& yaml) {
  std::vector<std::string> lines;
  for (const SettingsError& error : parse_settings(yaml, "").errors) {
    lines.push_back(to_string(error));
  }
  return lines;
}

Settings settings_of(const std::string& yaml) {
  EXPECT_THAT(errors_of(yaml), IsEmpty()) << yaml;
  return parse_settings(yaml, "").settings;
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(Settings, AreTheDefaultsWhereTheDocumentSaysNothing) {
  const std::vector<std::string> documents = {
      "",
      "\n\n",
      "# nothing but a comment",
      "---\n",
      "---\n...\n",
      "{}",
      "~",
      std::string(kBom),
      "http:\nsampling:\nlimits:\nlog:\n",
      "http: {}\nsampling: {}\nlimits: {}\nlog: {}\n",
      "http: ~\nlog: null\n",
  };
  for (const std::string& document : documents) {
    EXPECT_EQ(settings_of(document), Settings{}) << document;
  }
}

TEST(Settings, ListenersFollowAShorterInterval) {
  const Settings settings = settings_of("sampling: {interval: 500ms}\n");
  EXPECT_EQ(settings.sampling.interval, 500ms);
  EXPECT_EQ(settings.sampling.listeners_interval, 500ms);
}

TEST(Settings, ReadsEveryKey) {
  Settings expected;
  expected.http.listen = {":9", "[::1]:0"};
  expected.sampling.interval = 90s;
  expected.sampling.listeners_interval = 100ms;
  expected.sampling.tcp = false;
  expected.sampling.unix_sockets = false;
  expected.sampling.all_namespaces = true;
  expected.sampling.source = Source::netlink;
  expected.sampling.service_ports = {1, 65535};
  expected.sampling.udp_listener_age = 0s;
  expected.sampling.cpu_limit = 0.125;
  expected.limits = {20, 1'000'000, 1024, 1000};
  expected.state_directory = "";
  expected.log = {LogLevel::warning, LogFormat::json, false};
  EXPECT_EQ(settings_of(R"(
http: {listen: [":9", "[::1]:0"]}
sampling:
  interval: 1m30s
  listeners_interval: 100ms
  families: [packet, udp]
  namespaces: all
  source: netlink
  service_ports: [1, 65535]
  udp_listener_age: 0s
  cpu_limit: 12.5%
limits:
  max_series: 20
  max_total_series: 1000000
  max_cells: 1024
  max_namespaces: 1000
state_directory: ""
log: {level: warning, format: json, listeners: false}
)"),
            expected);
}

TEST(Settings, MeanTheSameInQuotesAndOverWindowsLineEnds) {
  Settings expected;
  expected.limits.max_series = 300;
  expected.log.listeners = false;
  EXPECT_EQ(settings_of("limits:\r\n  'max_series': \"300\"\r\nlog:\r\n  listeners: 'false'\r\n"),
            expected);
}

TEST(Settings, ReadsDurations) {
  const std::vector<std::pair<std::string, std::chrono::milliseconds>> rows = {
      {"0s", 0ms},       {"0h", 0ms},  {"1ms", 1ms}, {"1000ms", 1s}, {"1s1ms", 1001ms},
      {"59m60s", 1h},    {"1h", 1h},   {"60m", 1h},  {"3600s", 1h},  {"1m30s500ms", 90'500ms},
      {"0h0m0s0ms", 0s}, {"90s", 90s},
  };
  for (const auto& [text, expected] : rows) {
    const Settings settings = settings_of("sampling: {udp_listener_age: " + text + "}");
    EXPECT_EQ(settings.sampling.udp_listener_age, expected) << text;
  }
}

TEST(Settings, ReadsPercentages) {
  const std::vector<std::pair<std::string, double>> rows = {
      {"0.1%", 0.001}, {"1%", 0.01}, {"5.0%", 0.05}, {"99.99%", 0.9999}, {"100%", 1},
  };
  for (const auto& [text, expected] : rows) {
    const Settings settings = settings_of("sampling: {cpu_limit: " + text + "}");
    EXPECT_DOUBLE_EQ(settings.sampling.cpu_limit, expected) << text;
  }
}

TEST(Settings, TakeListenAddressesOfEveryKind) {
  for (const char* good : {"127.0.0.1:10098", "0.0.0.0:0", "[::1]:10098", "[::]:65535", ":10098",
                           "[::ffff:127.0.0.1]:1", "[fe80::1]:1"}) {
    EXPECT_EQ(check_listen_address(good), "") << good;
  }
}

TEST(Settings, TakeKeysOfLaterVersionsOnlyWithoutEffect) {
  const std::vector<std::string> keys = {"rule_files", "external_labels", "alerts", "notify",
                                         "sandbox"};
  for (const std::string& key : keys) {
    for (const char* empty : {"", "\"\"", "[]", "{}", "~"}) {
      EXPECT_EQ(settings_of(key + ": " + empty), Settings{}) << key << empty;
    }
    EXPECT_THAT(errors_of(key + ": [x]"), ElementsAre(HasSubstr("not yet supported"))) << key;
  }
}

// The loader's own list of keys, as it tells it to whoever writes an unknown one.
std::vector<std::string> known_keys(const std::string& section) {
  const auto errors = errors_of(section.empty() ? "zz: 1" : section + ": {zz: 1}");
  const std::string mark = "unknown key; allowed: ";
  if (errors.size() != 1 || errors[0].find(mark) == std::string::npos) return {};
  std::string list = errors[0].substr(errors[0].find(mark) + mark.size());
  if (const auto last = list.find(" or "); last != std::string::npos) list.replace(last, 4, ", ");
  std::vector<std::string> keys;
  for (std::size_t comma; (comma = list.find(", ")) != std::string::npos;) {
    keys.push_back(list.substr(0, comma));
    list.erase(0, comma + 2);
  }
  keys.push_back(list);
  return keys;
}

std::vector<std::string> key_paths() {
  std::vector<std::string> paths;
  for (const std::string& key : known_keys("")) {
    const auto inner = known_keys(key);
    if (inner.empty()) paths.push_back(key);
    for (const std::string& name : inner) {
      paths.push_back(key);
      paths.back().append(".").append(name);
    }
  }
  return paths;
}

TEST(SettingsPapers, DocumentationNamesEveryKey) {
  const std::string documentation = read_file(kSource / "docs/configuration.md");
  ASSERT_EQ(key_paths().size(), 17U);
  for (const std::string& path : key_paths()) {
    EXPECT_NE(documentation.find("| `" + path + "` |"), std::string::npos) << path;
  }
}

TEST(SettingsPapers, SampleNamesEveryKeyAndSpellsOutTheDefaults) {
  const std::string sample = read_file(kSource / "config/sockwatch.yaml");
  for (const std::string& path : key_paths()) {
    const std::string key = path.substr(path.find('.') + 1);
    EXPECT_NE(sample.find(key + ": "), std::string::npos) << path;
  }
  EXPECT_EQ(settings_of(sample), Settings{});
}

TEST(SettingsPapers, DocumentationAndSampleAgreeOnTheDefaults) {
  const std::string documentation = read_file(kSource / "docs/configuration.md");
  const std::string sample = read_file(kSource / "config/sockwatch.yaml");
  for (const std::string& path : key_paths()) {
    const std::string key = path.substr(path.find('.') + 1) + ": ";
    const std::size_t line = sample.find("\n" + (key.size() > path.size() ? "" : "  "s) + key);
    ASSERT_NE(line, std::string::npos) << path;
    const std::size_t value = sample.find(": ", line) + 2;
    const std::string text = sample.substr(value, sample.find('\n', value) - value);
    const std::size_t row = documentation.find("| `" + path + "` |");
    const std::string cells = documentation.substr(row, documentation.find('\n', row) - row);
    EXPECT_THAT(cells, HasSubstr("| `" + text + "` |"));
  }
}

std::vector<std::filesystem::path> bad_documents() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(kSource / "tests/unit/config_bad")) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

TEST(SettingsErrors, AreExactlyThoseThatEachBadDocumentAnnounces) {
  const std::string mark = "# expect ";
  ASSERT_GE(bad_documents().size(), 70U);
  for (const auto& path : bad_documents()) {
    std::vector<std::string> expected;
    std::ifstream lines(path);
    for (std::string line; std::getline(lines, line) && line.starts_with(mark);) {
      expected.push_back(line.substr(mark.size()));
    }
    EXPECT_EQ(errors_of(read_file(path)), expected) << path;
  }
}

TEST(SettingsErrors, NameTheFirstByteThatIsNoText) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"log:\n  level: info\0"s, "2:14: byte \\x00"},
      {"\x04", "1:1: byte \\x04"},
      {"log:\r\n\x1b", "2:1: byte \\x1b"},
      {"log: \x7f", "1:6: byte \\x7f"},
      {"# \xff", "1:3: byte \\xff"},
      {"# \xc0\xaf", "1:3: byte \\xc0"},             // overlong
      {"# \xed\xa0\x80", "1:3: byte \\xed"},         // surrogate
      {"# \xf4\x90\x80\x80", "1:3: byte \\xf4"},     // above the last code point
      {"# \xc3\xa9\n\xe2\x82", "2:1: byte \\xe2"},   // cut off
      {"\xff\xfel\0o\0g\0:\0"s, "1:1: byte \\xff"},  // UTF-16
      {"l\0o\0g\0:\0"s, "1:2: byte \\x00"},
  };
  for (const auto& [bytes, error] : rows) {
    EXPECT_THAT(errors_of(bytes),
                ElementsAre(error + "; allowed: UTF-8 text without control characters"));
  }
}

TEST(SettingsErrors, NameOptionalParts) {
  EXPECT_EQ(to_string({"a.yaml", 3, 5, "log.level", "wrong"}), "a.yaml:3:5: log.level: wrong");
  EXPECT_EQ(to_string({"a.yaml", 3, 5, "", "wrong"}), "a.yaml:3:5: wrong");
  EXPECT_EQ(to_string({"a\n.yaml", 0, 0, "", "wrong"}), "a\\x0a.yaml: wrong");
  EXPECT_EQ(to_string({"", 0, 0, "--web.listen-address", "wrong"}), "--web.listen-address: wrong");
}

TEST(SettingsLimits, TakeOneMebibyteAndNoByteMore) {
  const std::string full = "#" + std::string(1024 * 1024 - 1, 'x');
  EXPECT_THAT(errors_of(full), IsEmpty());
  EXPECT_THAT(errors_of(full + "x"), ElementsAre("longer than 1 MiB"));
}

TEST(SettingsLimits, TakeFiftyThousandKeysAndValues) {
  const auto document = [](std::size_t items) { return "alerts: [" + repeated("x,", items) + "]"; };
  EXPECT_THAT(errors_of(document(49'997)), ElementsAre(HasSubstr("not yet supported")));
  EXPECT_THAT(errors_of(document(49'998)), ElementsAre(HasSubstr("more than 50000")));
}

TEST(SettingsLimits, TakeThirtyTwoLevels) {
  const auto document = [](std::size_t lists) {
    return "alerts: " + repeated("[", lists) + repeated("]", lists);
  };
  EXPECT_THAT(errors_of(document(31)), ElementsAre(HasSubstr("not yet supported")));
  EXPECT_THAT(errors_of(document(32)), ElementsAre(HasSubstr("deeper than 32")));
}

TEST(SettingsLimits, EndEveryBombWithAnError) {
  constexpr std::size_t kSize = 262'144;
  for (const std::string pattern :
       {"[",      "{",        "- ",     "? ",           "- \n", "? a\n",      "{a: ", "[a, ",
        "a: [\n", "[{",       "{? ",    "a: &a [*a]\n", "a: {", ",",          ", ",   "a,\n",
        "\"\n",   "'",        "\"a\",", "[a],",         "!a ",  "&a ",        "*a ",  "---\n",
        "a: b\n", "{}: {}\n", "[]:",    "\"a\": ",      ": \n", "x: |\n y\n", "a\n",  "\xc3\xa9"}) {
    EXPECT_THAT(errors_of(repeated(pattern, kSize / pattern.size())), Not(IsEmpty())) << pattern;
  }
}

std::string mutated(std::string text, const std::vector<std::string>& others,
                    std::mt19937& random) {
  static const std::string kLetters = "[]{},:-?!&*#|>'\"%@` \n\t\r\\<~0a\x04\xff"s + '\0';
  const auto pick = [&random](std::size_t below) {
    return random() % std::max<std::size_t>(1, below);
  };
  for (std::size_t changes = 1 + pick(4); changes > 0; --changes) {
    const std::size_t at = pick(text.size() + 1);
    switch (pick(4)) {
      case 0:
        text.insert(at, 1 + pick(40) / 39 * 40, kLetters[pick(kLetters.size())]);
        break;
      case 1:
        text.erase(at, pick(10));
        break;
      case 2:
        text.insert(at, text.substr(pick(text.size()), pick(30)));
        break;
      default:
        const std::string& other = others[pick(others.size())];
        text.insert(at, other.substr(pick(other.size()), pick(60)));
    }
  }
  return text;
}

bool is_one_printable_line(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

TEST(SettingsErrors, HavePlacesInOrderAndArePrintableWhateverTheBytes) {
  std::vector<std::string> seeds = {read_file(kSource / "config/sockwatch.yaml")};
  for (const auto& path : bad_documents()) seeds.push_back(read_file(path));
  std::mt19937 random(20240229);  // NOLINT(cert-msc51-cpp): the same documents in each run
  for (int i = 0; i < 20'000; ++i) {
    const std::string document = mutated(seeds[random() % seeds.size()], seeds, random);
    std::tuple<int, int> last = {1, 1};
    for (const SettingsError& error : parse_settings(document, "x.yaml").errors) {
      ASSERT_GE(std::tuple(error.line, error.column), last) << document;
      ASSERT_TRUE(is_one_printable_line(to_string(error))) << document;
      last = {error.line, error.column};
    }
  }
}

class SettingsFile : public ::testing::Test {
 protected:
  SettingsFile() {
    std::string name = (std::filesystem::temp_directory_path() / "sockwatch-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) directory_ = name;
  }
  ~SettingsFile() override { std::filesystem::remove_all(directory_); }

  std::string path(const std::string& name) const { return directory_ / name; }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }

  static std::vector<std::string> errors(const std::string& path) {
    std::vector<std::string> messages;
    for (const SettingsError& error : load_settings(path).errors) {
      EXPECT_EQ(error.file, path);
      messages.push_back(to_string(error).substr(path.size()));
    }
    return messages;
  }

 private:
  std::filesystem::path directory_;
};

TEST_F(SettingsFile, IsReadWholeAndNamedInItsErrors) {
  const std::string good = write("good", "log: {level: debug}\n");
  EXPECT_THAT(errors(good), IsEmpty());
  EXPECT_EQ(load_settings(good).settings.log.level, LogLevel::debug);
  EXPECT_THAT(errors(write("bad", "lug: 1\n")),
              ElementsAre(":1:1: lug: unknown key; did you mean log?"));
}

TEST_F(SettingsFile, MayBeALink) {
  std::filesystem::create_symlink(write("real", "log: {level: debug}\n"), path("link"));
  EXPECT_THAT(errors(path("link")), IsEmpty());
}

TEST_F(SettingsFile, MustExist) {
  EXPECT_THAT(errors(path("none")), ElementsAre(": cannot be opened: No such file or directory"));
}

TEST_F(SettingsFile, MustBeARegularFile) {
  EXPECT_THAT(errors(path("")), ElementsAre(StartsWith(": is a directory")));
  EXPECT_THAT(errors("/dev/null"), ElementsAre(": is not a regular file"));
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  EXPECT_THAT(errors(path("fifo")), ElementsAre(": is not a regular file"));
}

TEST_F(SettingsFile, MustBeReadable) {
  EXPECT_THAT(errors("/proc/self/mem"), ElementsAre(": cannot be read: Input/output error"));
}

TEST_F(SettingsFile, MustNotBeWritableByEverybody) {
  const std::string open_to_all = write("open", "");
  ASSERT_EQ(::chmod(open_to_all.c_str(), 0666), 0);
  EXPECT_THAT(errors(open_to_all), ElementsAre(HasSubstr("everybody can write")));
}

TEST_F(SettingsFile, MustNotBeLongerThanOneMebibyte) {
  const std::string comment = "#" + std::string(1024 * 1024 - 1, 'x');
  EXPECT_THAT(errors(write("full", comment)), IsEmpty());
  EXPECT_THAT(errors(write("long", comment + "x")), ElementsAre(": longer than 1 MiB"));
}

}  // namespace
}  // namespace sockwatch
