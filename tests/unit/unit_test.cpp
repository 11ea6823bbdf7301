#include "attribution/unit.h"

#include <gtest/gtest.h>

namespace sockwatch::test {
namespace {

const std::string kId = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const std::string kOther = "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210";
const std::string kContainer = "container:0123456789ab";

struct Naming {
  std::string path;
  std::string unit;
};

void expect_units(const std::vector<Naming>& namings) {
  for (const auto& [path, unit] : namings) EXPECT_EQ(unit_of_path(path), unit) << path;
}

TEST(Unit, IsTheInnermostUnitOfThePath) {
  expect_units({
      {"/system.slice/nginx.service", "nginx.service"},
      {"/system.slice/nginx.service/worker", "nginx.service"},
      {"/system.slice/sshd.socket", "sshd.socket"},
      {"/init.scope", "init.scope"},
      {"/user.slice/user-1000.slice/user@1000.service/app.slice/pipewire.service",
       "pipewire.service"},
      {"/user.slice/user-1000.slice/user@1000.service/init.scope", "init.scope"},
      {"/user.slice", "user.slice"},
      {"/a.slice/a-b.slice", "a-b.slice"},
      {"system.slice//nginx.service/", "nginx.service"},
  });
}

TEST(Unit, IsEmptyWithoutOne) {
  expect_units({{"", ""},
                {"/", ""},
                {"/machine", ""},
                {"/a/b/c", ""},
                {"/.service", ""},
                {"/lxc.payload.web", ""},
                {"/nginx.services", ""},
                {"/nginx.service.d", ""}});
}

TEST(Unit, ReplacesWhatDiffersAtEachRun) {
  expect_units({
      {"/user.slice/user-1000.slice/session-3.scope", "session-*.scope"},
      {"/user.slice/user-0.slice/session-c12.scope", "session-*.scope"},
      {"/system.slice/run-u42.service", "run-*"},
      {"/system.slice/run-r0a1b2c3d4e5f.scope", "run-*"},
      {"/u/app.slice/app-gnome-firefox-4711.scope", "app-*.scope"},
  });
}

TEST(Unit, LeavesNamesThatOnlyLookAlike) {
  expect_units({
      {"/system.slice/session-manager.service", "session-manager.service"},
      {"/system.slice/app-server.service", "app-server.service"},
      {"/system.slice/runner.service", "runner.service"},
      {"/run-a.slice", "run-a.slice"},
      {"/app-a.slice", "app-a.slice"},
      {"/session-a.slice", "session-a.slice"},
  });
}

TEST(Unit, ReplacesInstancesThatAreAddressPairs) {
  expect_units({
      {"/system.slice/sshd@3-10.0.0.1:22-10.0.0.2:4711.service", "sshd@*.service"},
      {"/system.slice/sshd@12-2001:db8::1:22-2001:db8::2:4711.service", "sshd@*.service"},
      {"/system.slice/sshd@0-1-10.0.0.1:22-10.0.0.2:4711.service", "sshd@*.service"},
      {"/system.slice/system-sshd.slice/sshd@3-10.0.0.1:22-10.0.0.2:4711.service",
       "sshd@*.service"},
  });
}

TEST(Unit, LeavesOtherInstances) {
  expect_units({
      {"/system.slice/postgresql@15-main.service", "postgresql@15-main.service"},
      {"/user.slice/user@1000.service", "user@1000.service"},
      {"/system.slice/getty@tty1.service", "getty@tty1.service"},
      {"/system.slice/openvpn@a-b-c.service", "openvpn@a-b-c.service"},
      {"/system.slice/backup@.service", "backup@.service"},
      {"/system.slice/redis@2-a-b.service", "redis@2-a-b.service"},
      {"/system.slice/tunnel@web-10.0.0.1:80-10.0.0.2:80.service",
       "tunnel@web-10.0.0.1:80-10.0.0.2:80.service"},
  });
}

TEST(Unit, OfAContainerIsItsId) {
  expect_units({
      {"/docker/" + kId, kContainer},
      {"/system.slice/docker-" + kId + ".scope", kContainer},
      {"/system.slice:docker:" + kId, kContainer},
      {"/machine.slice/libpod-" + kId + ".scope", kContainer},
      {"/user.slice/user-1.slice/user@1.service/user.slice/libpod-" + kId + ".scope/container",
       kContainer},
      {"/system.slice/web.service/libpod-payload-" + kId, kContainer},
      {"/libpod_parent/libpod-" + kId, kContainer},
      {"/kubepods/besteffort/pod8a6b/" + kId, kContainer},
      {"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod8a6b.slice/"
       "cri-containerd-" +
           kId + ".scope",
       kContainer},
      {"/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:" + kId, kContainer},
      {"/kubepods.slice/kubepods-pod1.slice/crio-" + kId + ".scope", kContainer},
      {"/default/" + kId, kContainer},
  });
}

TEST(Unit, EverythingInsideAContainerIsTheContainer) {
  expect_units({
      {"/docker/" + kId + "/system.slice/nginx.service", kContainer},
      {"/docker/" + kId + "/init.scope", kContainer},
      {"/docker/" + kId + "/docker/" + kOther, kContainer},
      {"/system.slice/docker-" + kId + ".scope/kubepods/pod1/" + kOther, kContainer},
  });
}

TEST(Unit, MonitorsAndOtherHexNamesAreNoContainers) {
  std::string upper = kId;
  upper[10] = 'A';
  expect_units({
      {"/machine.slice/libpod-conmon-" + kId.substr(0, 12) + ".scope",
       "libpod-conmon-0123456789ab.scope"},
      {"/machine.slice/libpod-conmon-" + kId + ".scope",
       ("libpod-conmon-" + kId + ".scope").substr(0, 64)},
      {"/docker/" + kId.substr(1), ""},
      {"/docker/" + kId + "0", ""},
      {"/docker/x" + kId, ""},
      {"/docker/" + upper, ""},
  });
}

TEST(Unit, IsALabel) {
  EXPECT_EQ(unit_of_path("/a\n\xff.service"), "a\\x0a\\xff.service");
  EXPECT_EQ(unit_of_path("/" + std::string(200, 'a') + ".service"), std::string(64, 'a'));
  EXPECT_EQ(unit_of_path("/dev-disk-by\\x2dlabel.service"), "dev-disk-by\\x2dlabel.service");
}

TEST(UnitOfSocket, IsTheOwnersWhereTheCgroupSaysNothing) {
  for (const std::string path : {"", "/", "/init.scope", "/system.slice/sshd.socket",
                                 "/user.slice/user-1.slice/user@1.service/init.scope"}) {
    EXPECT_TRUE(says_nothing(path)) << path;
    EXPECT_EQ(unit_of_socket(path, "sshd.service"), "sshd.service") << path;
  }
  const std::string telling[] = {"/system.slice", "/system.slice/a.service", "/docker/" + kId,
                                 "/my-init.scope", "/x.socket/y"};
  for (const std::string& path : telling) {
    EXPECT_FALSE(says_nothing(path)) << path;
    EXPECT_EQ(unit_of_socket(path, "sshd.service"), unit_of_path(path)) << path;
  }
}

TEST(UnitOfSocket, IsTheCgroupsWhereTheOwnerHasNone) {
  EXPECT_EQ(unit_of_socket("/system.slice/sshd.socket", ""), "sshd.socket");
  EXPECT_EQ(unit_of_socket("/init.scope", ""), "init.scope");
  EXPECT_EQ(unit_of_socket("/", ""), "");
  EXPECT_EQ(unit_of_socket("", ""), "");
}

}  // namespace
}  // namespace sockwatch::test
