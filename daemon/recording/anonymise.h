// A recording without names and remote addresses that still replays to the same counts, owners and
// groups: what was equal stays equal, what was different stays different. docs/recording-format.md
// says what is replaced and what stays. Pure, and the same for the same recording.
#pragma once

#include "recording/recording.h"

namespace sockwatch::recording {

/// An answer of a kind that is not known here is left out.
void anonymise(Recording& recording);

}  // namespace sockwatch::recording
