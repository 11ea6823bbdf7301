#include "recording/other_names.h"

#include <gtest/gtest.h>

namespace sockwatch::recording {
namespace {

TEST(OtherNames, AreNumberedAsTheyAppear) {
  OtherNames names;
  EXPECT_EQ(names.process("nginx"), "process-1");
  EXPECT_EQ(names.process("sshd"), "process-2");
  EXPECT_EQ(names.process("nginx"), "process-1");
  EXPECT_EQ(names.user("alice"), "user-1");
  EXPECT_EQ(names.user("root"), "root");
  EXPECT_EQ(names.interface("eth0"), "interface-1");
  EXPECT_EQ(names.interface("lo"), "lo");
}

TEST(OtherNames, KeepACutNameTheBeginningOfItsFile) {
  OtherNames names;
  const std::string comm = names.process("systemd-resolve");
  EXPECT_EQ(comm, "process-0000001");
  EXPECT_EQ(names.program("/usr/lib/systemd/systemd-resolved"), "/directory-1/process-0000001-1");
  EXPECT_EQ(names.program("/usr/lib/systemd/systemd-resolver"), "/directory-1/process-0000001-2");
  EXPECT_EQ(names.program("/opt/systemd-resolve (deleted)"),
            "/directory-2/process-0000001 (deleted)");
  EXPECT_EQ(names.program("/usr/bin/python3.11"), "/directory-3/process-2");
  EXPECT_EQ(names.program("nothing"), "");
}

TEST(OtherNames, KeepTheKindOfACgroup) {
  const std::string id(64, 'a');
  const std::string other = "000000000001" + std::string(52, '0');
  const std::pair<std::string, std::string> rows[] = {
      {"system.slice", "system.slice"},
      {"init.scope", "init.scope"},
      {"nginx.service", "unit-1.service"},
      {"nginx.socket", "unit-1.socket"},
      {"user-1000.slice", "unit-2.slice"},
      {"session-c2.scope", "session-3.scope"},
      {"run-u5.service", "run-4.service"},
      {"run-u5.slice", "unit-4.slice"},
      {"app-firefox-1.scope", "app-5.scope"},
      {"getty@tty1.service", "unit-6@1.service"},
      {"getty@tty2.service", "unit-6@2.service"},
      {"getty@.service", "unit-6@.service"},
      {"ssh@1-10.0.0.1:22-10.0.0.2:9.service", "unit-7@3-local:0-remote:0.service"},
      {"docker-" + id + ".scope", "docker-" + other + ".scope"},
      {"cri-containerd-" + id + ".scope", "cri-containerd-" + other + ".scope"},
      {"libpod-conmon-" + id + ".scope", "libpod-conmon-" + other + ".scope"},
      {"libpod-" + std::string(64, 'b'), "libpod-000000000002" + std::string(52, '0')},
      {id, other},
      {"kubepods-pod7.slice:cri-containerd:" + id, "unit-8:" + other},
      {"acme-conmon-" + id, "unit-9-conmon-" + other},
      {"acme" + id, "group-1"},
      {"kubepods", "group-2"},
      {".service", "group-3"},
      {"..", ".."},
  };
  OtherNames names;
  for (const auto& [name, expected] : rows) EXPECT_EQ(names.cgroup(name), expected) << name;
}

TEST(OtherNames, KeepThePartsOfACgroupPath) {
  OtherNames names;
  EXPECT_EQ(names.cgroup_path("/"), "/");
  EXPECT_EQ(names.cgroup_path(""), "");
  EXPECT_EQ(names.cgroup_path("/../a/system.slice/b.service (deleted)"),
            "/../group-1/system.slice/unit-1.service (deleted)");
}

}  // namespace
}  // namespace sockwatch::recording
