// Files of the source tree that tests compare with: golden outputs and documents. Threads: any.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace sockwatch::test {

inline std::string source_path(const std::string& path) {
  return std::string(SOCKWATCH_SOURCE_DIR) + "/" + path;
}

/// Throws std::runtime_error when the file cannot be read.
inline std::string source_file(const std::string& path) {
  std::ifstream file(source_path(path), std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + source_path(path));
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string golden_path(const std::string& name) {
  return "tests/unit/golden/" + name;
}

/// Compares with tests/unit/golden/`name`; SOCKWATCH_UPDATE_GOLDEN in the environment writes it.
inline void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = golden_path(name);
  if (std::getenv("SOCKWATCH_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(source_path(path), std::ios::binary) << text;
  }
  EXPECT_EQ(text, source_file(path)) << "differs from " << path;
}

}  // namespace sockwatch::test
