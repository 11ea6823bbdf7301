#include "app/program.h"

int main(int argc, char** argv) {
  return sockwatch::run_program({argv + 1, argv + argc});
}
