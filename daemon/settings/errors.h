// The mistakes found so far in one document, each with its place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "settings/load.h"

namespace sockwatch {

struct Place {
  int line = 0;    // 1-based; 0: nowhere in the text
  int column = 0;  // 1-based, in bytes
};

class Errors {
 public:
  explicit Errors(std::string_view file) : file_(file) {}

  /// `key` and `message` must be printable already.
  void add(Place place, std::string key, std::string message);

  /// All of them in the order of the text; ends the collection.
  std::vector<SettingsError> sorted() &&;

 private:
  std::string file_;
  std::vector<SettingsError> errors_;
};

}  // namespace sockwatch
