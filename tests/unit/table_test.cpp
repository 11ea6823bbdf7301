#include "app/table.h"

#include <gtest/gtest.h>

namespace sockwatch {
namespace {

using Align = Table::Align;

TEST(Table, AlignsItsColumns) {
  Table table({{"NAME"}, {"COUNT", Align::right}, {"NOTE"}});
  table.add({"a", "12345678", "x"});
  table.add({"longer", "1", "y"});
  EXPECT_EQ(table.text(),
            "NAME       COUNT  NOTE\n"
            "a       12345678  x\n"
            "longer         1  y\n");
}

TEST(Table, HasNoBlankCells) {
  Table table({{"A"}, {"B", Align::right}});
  table.add({"", ""});
  EXPECT_EQ(table.text(), "A  B\n-  -\n");
}

TEST(Table, HasATitleLineWithoutRows) {
  EXPECT_EQ(Table({{"A"}, {"B"}}).text(), "A  B\n");
}

TEST(Table, EndsNoLineInSpaces) {
  Table table({{"A"}, {"B"}});
  table.add({"1", "wide cell"});
  table.add({"2", "x"});
  EXPECT_EQ(table.text().find(" \n"), std::string::npos);
}

TEST(Table, CountsCharactersAndNotBytes) {
  Table table({{"A"}, {"B"}});
  table.add({"\xc3\xa9\xc3\xa9", "x"});
  table.add({"ab", "y"});
  EXPECT_EQ(table.text(), "A   B\n\xc3\xa9\xc3\xa9  x\nab  y\n");
}

}  // namespace
}  // namespace sockwatch
