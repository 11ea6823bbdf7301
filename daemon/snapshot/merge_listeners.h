// The listeners of several network namespaces as one sample. Pure.
#pragma once

#include <string>
#include <vector>

#include "snapshot/listeners.h"

namespace sockwatch {

/// `indices`: of each sample its namespace's index into `names`; several may share one. Rows that
/// are then equal in all labels are summed; of their groups the widest exposure and the earliest
/// time count, and a limit of accept queues where all tell theirs.
ListenerSample merged(std::vector<ListenerSample>&& samples,
                      const std::vector<NamespaceIndex>& indices,
                      const std::vector<std::string>& names);

}  // namespace sockwatch
