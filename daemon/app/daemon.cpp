#include "app/daemon.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <thread>

#include "app/clocks.h"
#include "app/log.h"
#include "app/machine.h"
#include "app/metrics_page.h"
#include "app/sample_log.h"
#include "app/sampler_options.h"
#include "app/sampler_thread.h"
#include "app/self_figures.h"
#include "app/state_file.h"
#include "http/routes.h"
#include "http/server.h"
#include "support/version.h"

namespace sockwatch {
namespace {

constexpr std::chrono::seconds kStateInterval{10};
constexpr std::chrono::minutes kRestore{1};
constexpr std::chrono::milliseconds kSamplerPatience{200};

/// Blocked in every thread that is started after this; wait() takes them one by one.
class Signals {
 public:
  Signals() {
    ::signal(SIGPIPE, SIG_IGN);
    ::sigemptyset(&set_);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&set_, signal);
    ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }

  /// The next signal, 0 when none came in time.
  int wait(std::chrono::seconds timeout) const {
    const timespec limit{timeout.count(), 0};
    const int signal = ::sigtimedwait(&set_, nullptr, &limit);
    return signal > 0 ? signal : 0;
  }

 private:
  sigset_t set_;
};

class Daemon {
 public:
  Daemon(const LoadSettings& load, const Settings& settings)
      : load_(load),
        settings_(settings),
        log_(settings.log, live_),
        state_(settings.state_directory),
        page_(reports_, live_) {
    live_.reload_good_time = unix_seconds(read_clocks().wall);
  }

  int run(const Signals& signals, const std::string& replay) {
    auto server = bind();
    if (!server) return fail(server.error());
    auto machine = open_machine(replay);
    if (!machine) return fail(machine.error());
    if (!replay.empty()) log_.info("replaying " + machine->replayed + "; no state is kept");
    for (const std::string& url : (*server)->urls()) log_.info("serving " + url + "metrics");

    Sampler sampler(sampler_options(settings_),
                    Collector(std::move(machine->system), descriptors_for_processes()), hooks(),
                    reports_);
    restore(sampler.listeners());
    {
      SamplerThread sampling(
          sampler, [this](Sampler& done) { after_sample(done); },
          [this](const std::exception& error) {
            log_.error(std::string("sample failed: ") + error.what());
          });
      std::thread serving([&] { (*server)->run(); });
      wait_for_stop(signals, sampling);
      (*server)->stop();
      serving.join();
      const bool ended = sampling.stop(kSamplerPatience);
      save_state();
      log_.info("stopped");
      // A dump of a million sockets takes longer than a stop may: nothing of it has to be kept.
      if (!ended) std::_Exit(0);
    }
    return 0;
  }

 private:
  int fail(const Error& error) {
    log_.error(error.message);
    return 1;
  }

  Result<std::unique_ptr<http::Server>> bind() {
    std::vector<http::ListenAddress> addresses;
    for (const std::string& text : settings_.http.listen) {
      const auto parsed = http::parse_listen_address(text);
      if (!parsed) return tl::unexpected(parsed.error());
      addresses.insert(addresses.end(), parsed->begin(), parsed->end());
    }
    for (http::ListenAddress& address : addresses) {
      // The default names both loopback addresses; a host without IPv6 has only one.
      if (address.host == "::1") address.optional = true;
      if (!is_loopback_host(address.host)) live_.http_exposed = true;
    }
    if (live_.http_exposed) {
      log_.warning("/metrics can be read beyond loopback without authentication (http.listen)");
    }
    return http::Server::bind(addresses, routes(),
                              {[this](unsigned status) { live_.http_responses.count(status); },
                               [this] { ++live_.http_evictions; }});
  }

  static bool is_loopback_host(const std::string& host) {
    return host.starts_with("127.") || host == "::1";
  }

  http::Handler routes() {
    const auto text = [](unsigned status, std::string body) {
      http::Response response;
      response.status = status;
      response.body = std::make_shared<std::string>(std::move(body));
      return response;
    };
    std::map<std::string, http::Handler, std::less<>> routes;
    routes["/metrics"] = [this](const http::Request& request) {
      return page_.get(request, read_clocks().monotonic);
    };
    routes["/-/healthy"] = [text](const http::Request&) { return text(200, "healthy\n"); };
    routes["/-/ready"] = [this, text](const http::Request&) {
      const auto report = reports_.load();
      if (!report) return text(503, "not ready: no sample yet\n");
      const bool fresh = is_fresh(*report, read_clocks().monotonic);
      return fresh ? text(200, "ready\n") : text(503, "not ready: the last sample is too old\n");
    };
    return http::make_routes(std::move(routes));
  }

  SamplerHooks hooks() {
    SamplerHooks hooks;
    hooks.now = read_clocks;
    hooks.cpu_time = thread_cpu_time;
    hooks.self = read_self_figures;
    hooks.pause = [](std::chrono::nanoseconds time) { std::this_thread::sleep_for(time); };
    hooks.on_listener = [this](const ListenerEvent& event) { sample_log_.note(event); };
    hooks.on_error = [this](const Fault& fault) { sample_log_.note(fault); };
    return hooks;
  }

  void restore(ListenerTracker& listeners) {
    auto first_seen = state_.load();
    if (first_seen) {
      // A UDP listener counts as one only when it has its age.
      const auto until = read_clocks().monotonic + settings_.sampling.udp_listener_age + kRestore;
      listeners.restore(std::move(*first_seen), until);
    } else {
      log_.warning("state not used, first-seen times start anew: " + first_seen.error().message);
    }
  }

  /// On the sampling thread.
  void after_sample(const Sampler& sampler) {
    const ListenerTracker& listeners = sampler.listeners();
    if (listeners.first_seen_revision() != seen_revision_) {
      first_seen_.store(std::make_shared<FirstSeen>(listeners.first_seen()));
      seen_revision_ = listeners.first_seen_revision();
    }
    sample_log_.end(sampler);
  }

  void wait_for_stop(const Signals& signals, SamplerThread& sampling) {
    while (true) {
      const int signal = signals.wait(kStateInterval);
      if (signal != 0 && signal != SIGHUP) return;
      try {
        signal == SIGHUP ? reload(sampling) : save_state();
      } catch (const std::exception&) {
        // No memory to say what failed; it is counted.
      }
    }
  }

  void save_state() {
    const auto first_seen = first_seen_.load();
    if (!first_seen || first_seen == saved_) return;
    if (const auto saved = state_.save(*first_seen); !saved) {
      ++live_.state_write_errors;
      if (saved.error().message != state_error_) {
        log_.warning("state not written, first-seen times will not survive a restart: " +
                     saved.error().message);
      }
      state_error_ = saved.error().message;
      return;
    }
    state_error_.clear();
    saved_ = first_seen;
  }

  void reload(SamplerThread& sampling) {
    const auto reloaded = load_and_change(sampling);
    live_.reload_good = reloaded.has_value();
    if (!reloaded) {
      ++live_.reloads_failed;
      log_.error("reload failed, the old settings stay: " + reloaded.error().message);
      return;
    }
    ++live_.reloads_good;
    live_.reload_good_time = unix_seconds(read_clocks().wall);
    log_.info("settings reloaded");
  }

  /// Changes everything or nothing.
  Result<void> load_and_change(SamplerThread& sampling) {
    try {
      LoadedSettings loaded = load_();
      for (const SettingsError& error : loaded.errors) log_.error(to_string(error));
      if (!loaded.errors.empty()) return failure("the new ones have mistakes");
      keep_until_restart("http.listen", settings_.http.listen, loaded.settings.http.listen);
      keep_until_restart("state_directory", settings_.state_directory,
                         loaded.settings.state_directory);
      SamplerOptions options = sampler_options(loaded.settings);
      log_.configure(loaded.settings.log);
      sampling.change(std::move(options));
      sample_log_.show_listeners(loaded.settings.log.listeners);
      settings_ = std::move(loaded.settings);
      return {};
    } catch (const std::exception& error) {
      return failure(error.what());
    }
  }

  template <typename T>
  void keep_until_restart(const char* key, const T& old_value, T& new_value) {
    if (old_value == new_value) return;
    log_.warning(std::string(key) + " was changed: needs a restart, the old value stays");
    new_value = old_value;
  }

  const LoadSettings& load_;
  Settings settings_;
  LiveCounters live_;
  Log log_;
  StateFile state_;
  Published<Report> reports_;
  MetricsPage page_;
  SampleLog sample_log_{log_, settings_.log.listeners};
  std::uint64_t seen_revision_ = 0;  // in first_seen_; of the sampling thread
  std::string state_error_;          // told last
  Published<FirstSeen> first_seen_;
  std::shared_ptr<const FirstSeen> saved_;
};

}  // namespace

int run_daemon(const LoadSettings& load, const std::string& replay) {
  const Signals signals;  // first: a reload that comes during the start must not end it
  const LoadedSettings loaded = load();
  for (const SettingsError& error : loaded.errors) {
    std::fprintf(stderr, "%s\n", to_string(error).c_str());
  }
  if (!loaded.errors.empty()) return 2;
  if (const auto raised = raise_descriptor_limit(); !raised) {
    std::fprintf(stderr, "sockwatch: %s\n", raised.error().message.c_str());
    return 1;
  }
  return Daemon(load, loaded.settings).run(signals, replay);
}

}  // namespace sockwatch
