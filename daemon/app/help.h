// The prose of --help; command_line.cpp adds the options.
#pragma once

namespace sockwatch::help {

inline constexpr const char* kProgram =
    R"(sockwatch asks the kernel for its sockets over netlink, counts them by state, port and process,
judges from where each listener can be reached, and serves the counts to Prometheus.
)";

inline constexpr const char* kProgramNotes = R"(Examples:
  sockwatch run --config /etc/sockwatch/sockwatch.yaml
  sockwatch list --listening
  sockwatch check-config /etc/sockwatch/sockwatch.yaml

Exit status:
  0  success
  1  failure at run time
  2  bad command line or configuration)";

inline constexpr const char* kRun = "run the daemon in the foreground";

inline constexpr const char* kRunNotes =
    R"(Options override the configuration. SIGHUP reads it again; SIGTERM and SIGINT end the daemon.

Examples:
  sockwatch run
  sockwatch run --config ./sockwatch.yaml --log.level debug
  sockwatch run --web.listen-address 127.0.0.1:10098 --web.listen-address '[::1]:10098')";

inline constexpr const char* kList = "print the sockets of this host once, without the daemon";

inline constexpr const char* kListNotes = R"(Examples:
  sockwatch list --listening
  sockwatch list --by state
  sockwatch list --by process --json)";

inline constexpr const char* kCheckConfig = "report every mistake in a configuration";

inline constexpr const char* kCheckConfigNotes = R"(Examples:
  sockwatch check-config ./sockwatch.yaml
  sockwatch check-config /etc/sockwatch/sockwatch.yaml && systemctl reload sockwatch)";

inline constexpr const char* kRecord = "record the sockets of this host for a look elsewhere";

inline constexpr const char* kRecordNotes =
    R"(FILE holds what the kernel and /proc told, and only its owner may read it. docs/recording-format.md
says what is in it and what --anonymise replaces. `run` and `list` take it with --replay.

Examples:
  sockwatch record here.swrec
  sockwatch record --anonymise to-share.swrec
  sockwatch list --replay here.swrec --listening)";

}  // namespace sockwatch::help
