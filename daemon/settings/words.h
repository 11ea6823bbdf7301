// Words in messages: as they were found, as a choice of the allowed ones, and as a guess.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sockwatch {

/// Foreign text in quotes, printable and cut to a readable length.
std::string in_quotes(std::string_view text);

/// "a, b or c"
std::string alternatives(std::span<const std::string_view> words);

/// What to say after an unknown word: "; did you mean b?" when one of the known words differs from
/// it by at most a third of its letters, else "; allowed: a, b or c".
std::string suggestion(std::string_view word, std::span<const std::string_view> known);

}  // namespace sockwatch
