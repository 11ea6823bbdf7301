#include "attribution/process_facts.h"

#include <gtest/gtest.h>

#include "support/proc_tree.h"

namespace sockwatch::test {
namespace {

TEST(ProcessStat, ReadsNameStateAndStart) {
  const auto stat = parse_process_stat(stat_text({.comm = "sshd", .start = 123456789012}));
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->comm, "sshd");
  EXPECT_EQ(stat->state, 'S');
  EXPECT_EQ(stat->start_time, 123456789012U);
  EXPECT_EQ(parse_process_stat(stat_text({.state = 'Z'})).value().state, 'Z');
}

TEST(ProcessStat, NamesMayHoldAnyBytes) {
  for (const std::string name : {"", " ", "a) R 1 (b", ")", "(", "((", "))", ") S 1 2 3", "a\nb",
                                 "\xff\xfe", "a b c", "12 (x) S"}) {
    const auto stat = parse_process_stat(stat_text({.comm = name, .start = 77}));
    ASSERT_TRUE(stat) << name;
    EXPECT_EQ(stat->comm, name);
    EXPECT_EQ(stat->start_time, 77U) << name;
  }
}

TEST(ProcessStat, CutBeforeTheStartItIsNothing) {
  const std::string whole = stat_text({.comm = "a) R 1 (b", .start = 5000});
  const std::size_t start = whole.find(" 5000 ");
  for (std::size_t size = 0; size <= start + 1; ++size) {
    EXPECT_FALSE(parse_process_stat(whole.substr(0, size))) << size;
  }
  EXPECT_EQ(parse_process_stat(whole.substr(0, start + 5)).value().start_time, 5000U);
}

TEST(ProcessStat, NonsenseIsNothing) {
  for (const std::string text :
       {"", "(", ")", "1 )a( S", "1 (a)", "1 (a) ", "1 (a) S", "1 a S 1"}) {
    EXPECT_FALSE(parse_process_stat(text)) << text;
  }
  std::string bad = stat_text({});
  bad.replace(bad.find("5000"), 4, "50x0");
  EXPECT_FALSE(parse_process_stat(bad));
  bad.replace(bad.find("50x0"), 4, "-500");
  EXPECT_FALSE(parse_process_stat(bad));
}

struct Naming {
  const char* comm;
  const char* exe;
  const char* name;
};

TEST(ProcessName, IsCompletedOnlyWhereItWasCut) {
  const Naming namings[] = {
      {"nginx", "/usr/sbin/nginx", "nginx"},
      {"nginx", "/usr/sbin/nginx-debug", "nginx"},  // shorter than 15
      {"systemd-resolve", "/lib/systemd/systemd-resolved", "systemd-resolved"},
      {"systemd-resolve", "/lib/systemd/systemd-resolve", "systemd-resolve"},
      {"systemd-resolve", "/lib/systemd/systemd-resolved (deleted)", "systemd-resolved"},
      {"systemd-resolve", "systemd-resolved", "systemd-resolved"},
      {"systemd-resolve", "", "systemd-resolve"},                       // not readable
      {"systemd-resolve", "/usr/bin/python3.11", "systemd-resolve"},    // renamed itself
      {"systemd-resolve", "/a/systemd-resolved/x", "systemd-resolve"},  // a folder's name
      {"a\nb", "", "a\\x0ab"},
      {"other", "/bin/other", "\\x6fther"},
      {"\xff", "/bin/x", "\\xff"},
      {"a) R 1 (b", "/bin/x", "a) R 1 (b"},
  };
  for (const auto& [comm, exe, name] : namings) EXPECT_EQ(process_name(comm, exe), name) << exe;
}

TEST(ProcessName, IsNoLongerThanALabel) {
  const std::string comm(15, 'a');
  EXPECT_EQ(process_name(comm, "/bin/" + std::string(200, 'a')), std::string(64, 'a'));
}

TEST(CgroupPath, IsThatOfCgroup2) {
  EXPECT_EQ(cgroup_path("0::/system.slice/nginx.service\n"), "/system.slice/nginx.service");
  EXPECT_EQ(cgroup_path("0::/a:b/c\n"), "/a:b/c");
  EXPECT_EQ(cgroup_path("0::/a.service"), "/a.service");
  EXPECT_EQ(cgroup_path("0::/gone.service (deleted)\n"), "/gone.service");
}

TEST(CgroupPath, IsOfSystemdsOrTheMemoryHierarchyWhereCgroup2SaysNothing) {
  EXPECT_EQ(cgroup_path("5:memory:/mem\n1:name=systemd:/system.slice/a.service\n0::/\n"),
            "/system.slice/a.service");
  EXPECT_EQ(cgroup_path("5:memory:/docker/1\n1:name=systemd:/\n0::/\n"), "/docker/1");
  EXPECT_EQ(cgroup_path("5:memory:/mem\n1:name=systemd:/sys\n0::/two\n"), "/two");
  EXPECT_EQ(cgroup_path("4:cpu,cpuacct:/cpu\n1:name=systemd:/\n"), "/");
}

TEST(CgroupPath, OfNothingIsEmpty) {
  for (const std::string text : {"", "\n", "nonsense", "0:", "0:x", "4:cpu:/a\n", "::"}) {
    EXPECT_EQ(cgroup_path(text), "") << text;
  }
  EXPECT_EQ(cgroup_path("0::/\n"), "/");
}

}  // namespace
}  // namespace sockwatch::test
