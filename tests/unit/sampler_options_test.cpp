#include "app/sampler_options.h"

#include <gtest/gtest.h>

namespace sockwatch {
namespace {

using std::chrono::milliseconds;

TEST(SamplerOptions, CarryEverySettingOfSamplingAndLimits) {
  Settings settings;
  settings.sampling.interval = milliseconds(7000);
  settings.sampling.listeners_interval = milliseconds(700);
  settings.sampling.cpu_limit = 0.25;
  settings.sampling.udp_listener_age = milliseconds(3000);
  settings.limits.max_series = 33;
  settings.limits.max_total_series = 3333;
  settings.limits.max_cells = 4444;
  const SamplerOptions options = sampler_options(settings);
  EXPECT_EQ(options.cadences.sockets, milliseconds(7000));
  EXPECT_EQ(options.cadences.listeners, milliseconds(700));
  EXPECT_EQ(options.cadences.cpu_limit, 0.25);
  EXPECT_EQ(options.collector.udp_listener_age, milliseconds(3000));
  EXPECT_EQ(options.max_series, 33U);
  EXPECT_EQ(options.max_total_series, 3333U);
  EXPECT_EQ(options.collector.max_cells, 4444U);
}

TEST(SamplerOptions, NameTheProtocolsOfTheFamilies) {
  using Protocols = std::vector<Protocol>;
  Settings settings;
  EXPECT_EQ(sampler_options(settings).collector.protocols,
            (Protocols{Protocol::tcp, Protocol::udp}));
  settings.sampling.tcp = false;
  EXPECT_EQ(sampler_options(settings).collector.protocols, Protocols{Protocol::udp});
  settings.sampling = {};
  settings.sampling.udp = false;
  EXPECT_EQ(sampler_options(settings).collector.protocols, Protocols{Protocol::tcp});
  EXPECT_TRUE(sampler_options(settings).collector.unix_sockets);
  EXPECT_TRUE(sampler_options(settings).collector.packet_sockets);
  settings.sampling.unix_sockets = false;
  EXPECT_FALSE(sampler_options(settings).collector.unix_sockets);
  EXPECT_TRUE(sampler_options(settings).collector.packet_sockets);
  settings.sampling.packet_sockets = false;
  EXPECT_FALSE(sampler_options(settings).collector.packet_sockets);
}

TEST(SamplerOptions, SortServicePorts) {
  Settings settings;
  settings.sampling.service_ports = {50'000, 40'000, 45'000};
  EXPECT_EQ(sampler_options(settings).collector.service_ports,
            (std::vector<std::uint16_t>{40'000, 45'000, 50'000}));
}

}  // namespace
}  // namespace sockwatch
