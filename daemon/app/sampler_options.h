// Settings → what the sampler needs of them.
#pragma once

#include "app/sampler.h"
#include "settings/settings.h"

namespace sockwatch {

SamplerOptions sampler_options(const Settings& settings);

}  // namespace sockwatch
